// The views, by the part of the address behind the hash: pages, dates, a form, one's own booking.

import * as api from "./api.js";
import { breadcrumbs, concernRoutes, contents, drawBlocks, localLinks } from "./blocks.js";
import { element, show } from "./dom.js";
import { showBooking } from "./own-booking.js";
import { showForm } from "./registration-form.js";

const DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
const CLOCK = { hour: "numeric", minute: "2-digit" };
const STATUS = {
  cancelled: "Cancelled",
  postponed: "Postponed",
  moved_online: "Moved online",
};

// In the zone that the date names, wherever the reader is.
function inWords({ starts_at, ends_at, time_zone: timeZone }) {
  const written = (moment, parts) => new Intl.DateTimeFormat("en-GB", { ...parts, timeZone }).format(new Date(moment));
  return `${written(starts_at, DAY)}, ${written(starts_at, CLOCK)} to ${written(ends_at, CLOCK)}`;
}

const datesAsItems = (items) =>
  items.map((item) =>
    element(
      "li",
      {},
      element("a", { href: `#/dates/${item.id}`, text: `${item.event.title}, ${inWords(item)}` }),
      STATUS[item.status] && element("strong", { text: ` ${STATUS[item.status]}` }),
      item.venue && element("p", { class: "hint", text: item.venue.name }),
    ),
  );

async function showDates() {
  let { items, next } = await api.dates();
  const list = element("ul", { class: "dates" }, ...datesAsItems(items));
  const more = element("button", {
    type: "button",
    text: "More dates",
    on: {
      click: async () => {
        ({ items, next } = await api.dates(next));
        const added = datesAsItems(items);
        list.append(...added);
        added[0]?.querySelector("a").focus();
        more.hidden = !next;
      },
    },
  });
  more.hidden = !next;
  show("Community roundtables", items.length ? list : element("p", { text: "There are no dates planned at the moment." }), more);
}

// The frame of every page comes once, from /api/site/.
const frame = api.site();

async function drawFrame() {
  const site = await frame;
  const banners = site.banners.map(({ title, text }) =>
    element("section", { class: "banner", "aria-label": title }, element("strong", { text: title }), element("div", { html: text })),
  );
  const menu = site.navigation.map(({ title, url }) => element("li", {}, element("a", { href: url, text: title })));
  const { contact, note, pages } = site.footer;
  const header = document.querySelector("header");
  header.replaceChildren(
    element("a", { href: "#/", text: site.name }),
    element("nav", { "aria-label": "Menu" }, element("ul", { class: "menu" }, ...menu)),
    ...banners,
  );
  const footer = document.querySelector("footer");
  footer.replaceChildren(
    concernRoutes(site.concern, site, "div"),
    element("ul", { class: "menu" }, ...pages.map(({ title, url }) => element("li", {}, element("a", { href: url, text: title })))),
    contact.phone && element("p", { text: `Contact us: ${contact.phone} ${contact.email} ${contact.hours}` }),
    note && element("p", { text: note }),
    element("p", { text: "An example of a front end of its own. All that it shows comes from the API." }),
  );
  for (const part of [header, footer]) localLinks(part, site);
}

function runningOrder(agenda) {
  const items = agenda.map(({ label, value }) => {
    const hours = [value.starts, value.ends].filter(Boolean).join(" to ");
    const speakers = (value.speakers ?? []).map(({ name, role, organisation }) => [name, role, organisation].filter(Boolean).join(", "));
    return element(
      "li",
      {},
      element("strong", { text: `${hours}: ${label}` }),
      value.text && element("div", { class: "prose", html: value.text }),
      value.note && element("p", { text: value.note }),
      value.dietary && element("p", { text: value.dietary }),
      ...speakers.map((text) => element("p", { text })),
    );
  });
  return items.length ? [element("h2", { text: "Running order" }), element("ol", {}, ...items)] : [];
}

const PROVISION = { yes: "Yes", no: "No", ask: "Ask the organiser" };

function venue(place) {
  if (!place) return [];
  const rows = place.accessibility.map(({ label, provision }) => element("li", { text: `${label}: ${PROVISION[provision]}` }));
  return [
    element("h2", { text: "Getting there" }),
    element("p", { text: [place.name, ...place.address, place.postcode].join(", ") }),
    place.map_url && element("p", {}, element("a", { href: place.map_url, text: "Map" })),
    place.getting_there && element("p", { text: place.getting_there }),
    element("ul", {}, ...rows),
    place.accessibility_notes && element("p", { text: place.accessibility_notes }),
    place.note && element("p", { text: place.note }),
  ].filter(Boolean);
}

async function showDate(uuid) {
  const found = await api.date(uuid);
  const [site, event] = await Promise.all([frame, api.event(found.event.detail_url)]);
  showEvent(event, found, site);
}

function showEvent(event, found, site) {
  const formId = event.registration?.form_url.match(/(\d+)\/$/)?.[1];
  const facts = [
    ["When", found && inWords(found)],
    ["Where", found?.venue ? found.venue.name : "Online"],
    ["Repeats", event.schedule.in_words],
    ["Who it is for", event.audience],
    ["Organised by", event.organiser && [event.organiser.team, event.organiser.phone].filter(Boolean).join(", ")],
  ].filter(([, value]) => value);
  const speakers = event.speakers.map(({ name, role, organisation }) => element("li", { text: [name, role, organisation].filter(Boolean).join(", ") }));
  const goesAhead = found && !["cancelled", "postponed"].includes(found.status);
  const drawn = show(
    event.title,
    found && STATUS[found.status] && element("p", { class: "error", text: `${STATUS[found.status]}. ${found.reason}` }),
    element("p", { text: event.summary }),
    element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", { text: name }), element("dd", { text: value })])),
    goesAhead && formId && element("p", {}, element("a", { href: `#/register/${formId}/${found.id}`, text: "Book a place" })),
    found && element("p", {}, element("a", { href: found.ics_url, text: "Put this date in your calendar" })),
    element("p", {}, element("a", { href: event.calendar.webcal_url, text: "Subscribe to all dates" })),
    ...runningOrder(event.agenda.filter((line) => found?.attendance_mode !== "online" || !line.place_bound)),
    speakers.length && element("h2", { text: "Speakers" }),
    speakers.length && element("ul", {}, ...speakers),
    ...venue(found?.venue),
    ...drawBlocks(event.body, site),
    ...event.changes.slice(0, 1).map(() => element("h2", { text: "Changes to this event" })),
    ...event.changes.map(({ sentence, reason }) => element("p", { text: `${sentence}. ${reason}` })),
  );
  localLinks(drawn, site);
}

// Any page of the site, by its path, completely from its JSON.
async function showPage(path, anchor) {
  const [site, page] = await Promise.all([frame, api.page(path)]);
  if (page.meta.type === "prevent_events.EventPage") {
    const event = await api.event(`/api/events/${page.id}/`);
    return showEvent(event, event.next_occurrence, site);
  }
  if (page.meta.type === "prevent_registrations.RegistrationPage") return showForm(page.id);
  if (page.meta.type === "prevent_events.EventIndexPage") return showDates();
  const drawn = show(
    page.title,
    breadcrumbs(page.breadcrumbs),
    page.summary && element("p", { class: "summary", text: page.summary }),
    contents(page.contents, `#/pages${path}`),
    ...drawBlocks(page.body, site),
    page.content_owner && element("p", { class: "hint", text: `Looked after by ${page.content_owner}` }),
  );
  localLinks(drawn, site);
  if (anchor) document.getElementById(anchor)?.scrollIntoView();
}

const VIEWS = [
  [/^#\/pages(\/[^?]*)(?:\?to=(.*))?$/, showPage],
  [/^#\/booking\/([\w.:=-]+)$/, (token) => showBooking(token)],
  [/^#\/dates\/([0-9a-f-]{36})$/, showDate],
  [/^#\/register\/(\d+)\/([0-9a-f-]{36})$/, showForm],
  [/^(?:#\/?)?$/, showDates],
];

async function follow() {
  // "#main" is where the skip link leads.
  const [found, view] = VIEWS.map(([pattern, view]) => [location.hash.match(pattern), view]).find(([match]) => match) ?? [];
  if (!found) return;
  try {
    await view(...found.slice(1));
  } catch (problem) {
    show(
      problem.status === 404 ? "There is nothing at this address" : "This cannot be shown now",
      element("p", { text: problem.message }),
      element("p", {}, element("a", { href: "#/", text: "All dates" })),
    );
  }
}

addEventListener("hashchange", follow);
drawFrame().catch(() => {}).finally(follow);
