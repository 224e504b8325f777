// The views, by the part of the address behind the hash: all dates, one date, its form.

import * as api from "./api.js";
import { element, show } from "./dom.js";
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
  show("Community roundtables", items.length ? list : element("p", { text: "No date is planned at the moment." }), more);
}

function runningOrder(agenda) {
  const items = agenda.map(({ value }) => {
    const hours = [value.starts, value.ends].filter(Boolean).join(" to ");
    return element("li", { text: `${hours}: ${value.title ?? value.served ?? value.label ?? ""}` });
  });
  return items.length ? [element("h2", { text: "Running order" }), element("ol", {}, ...items)] : [];
}

async function showDate(uuid) {
  const found = await api.date(uuid);
  const event = await api.event(found.event.detail_url);
  const formId = event.registration?.form_url.match(/(\d+)\/$/)?.[1];
  const facts = [
    ["When", inWords(found)],
    ["Where", found.venue ? [found.venue.name, ...found.venue.address, found.venue.postcode].join(", ") : "Online"],
    ["Who it is for", event.audience],
    ["Organised by", event.organiser?.team],
  ].filter(([, value]) => value);
  show(
    event.title,
    STATUS[found.status] && element("p", { class: "error", text: `${STATUS[found.status]}. ${found.reason}` }),
    element("p", { text: event.summary }),
    element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", { text: name }), element("dd", { text: value })])),
    formId && element("p", {}, element("a", { href: `#/register/${formId}/${uuid}`, text: "Book a place" })),
    element("p", {}, element("a", { href: found.ics_url, text: "Put this date in your calendar" })),
    ...runningOrder(event.agenda),
    ...event.changes.slice(0, 1).map(() => element("h2", { text: "Changes to this event" })),
    ...event.changes.map(({ sentence, reason }) => element("p", { text: `${sentence}. ${reason}` })),
  );
}

const VIEWS = [
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
follow();
