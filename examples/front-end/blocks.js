// Pages and their blocks, drawn from the API's JSON alone: one function for each type of block.

import { element } from "./dom.js";

// Links to the site's own pages open here; files and calendars stay where they are.
export function localLinks(root, site) {
  for (const link of root.querySelectorAll(`a[href^="${CSS.escape(site.url)}"]`)) {
    const { pathname, hash } = new URL(link.href);
    if (!/^\/(documents|media|calendar|api)\//.test(pathname)) link.href = `#/pages${pathname}${hash ? `?to=${hash.slice(1)}` : ""}`;
  }
  return root;
}

const heading = (text, anchor) => text && element("h2", { text, id: anchor });
const html = (text) => text && element("div", { class: "prose", html: text });
const list = (items, tag = "ul") => element(tag, {}, ...items.filter(Boolean).map((item) => element("li", {}, item)));
const link = ({ title, url }) => element("a", { href: url, text: title });
const phone = (number) => element("a", { href: `tel:${number.replaceAll(" ", "")}`, text: number });

export function picture({ alt, renditions }) {
  if (!renditions.length) return null;
  const widest = renditions.at(-1);
  const srcset = renditions.map(({ url, width }) => `${url} ${width}w`).join(", ");
  const { width, height } = widest;
  return element("img", { src: widest.url, srcset, sizes: "min(42rem, 100vw)", width, height, alt, loading: "lazy" });
}

function size({ type, bytes }) {
  return bytes === null ? type.toUpperCase() : `${type.toUpperCase()}, ${Math.max(1, Math.round(bytes / 1024))} KB`;
}

// Whom to tell about a concern: the routes of /api/site/ and of the block are the same.
export function concernRoutes({ heading: title, routes, note }, _site, tag = "section") {
  const { emergency, police, anti_terrorist_hotline: hotline, act_early: actEarly, online, local_team: team } = routes;
  const entries = [emergency, police, hotline, actEarly].map((route) => [phone(route.phone), ` ${route.label}`]);
  if (team.name) {
    const ways = [team.phone && phone(team.phone), team.email && element("a", { href: `mailto:${team.email}`, text: team.email })];
    entries.push([...ways.filter(Boolean).flatMap((way) => [way, " "]), [team.name, team.hours].filter(Boolean).join(", ")]);
  }
  if (online.url) entries.push([element("a", { href: online.url, text: online.label })]);
  if (emergency.text_relay) entries.push([phone(emergency.text_relay), ` ${emergency.label} (text relay)`]);
  if (emergency.bsl_url) entries.push([element("a", { href: emergency.bsl_url, text: "999 BSL" }), ` ${emergency.label}`]);
  return element(
    tag,
    // Of one name there is one landmark: the footer has the same routes as some pages.
    { class: "concern", "aria-label": tag === "section" && title },
    element("h2", { text: title }),
    element("ul", {}, ...entries.map((parts) => element("li", {}, ...parts))),
    note && element("p", { text: note }),
  );
}

// A page that is not public any more leads nowhere.
const wayOn = ({ page, url }, text) => (page || url ? link({ title: text, url: page?.url ?? url }) : element("span", { text }));

const BLOCKS = {
  heading: ({ level, text, anchor }) => element(level, { text, id: anchor }),
  prose: html,
  inset: (text) => element("div", { class: "inset", html: text }),
  objectives: (items) => list(items.map(({ title, text }) => element("div", {}, element("strong", { text: title }), html(text))), "ol"),
  details: ({ summary, text }) => element("details", {}, element("summary", { text: summary }), html(text)),
  figure: ({ image, caption }) =>
    image && element("figure", {}, picture(image), caption && element("figcaption", { text: caption })),
  table: ({ columns, rows, caption }) =>
    element(
      "table",
      {},
      element("caption", { text: caption }),
      element("thead", {}, element("tr", {}, ...columns.map((column) => element("th", { scope: "col", text: column.heading })))),
      element("tbody", {}, ...rows.map(({ values }) => element("tr", {}, ...values.map((value) => element("td", { html: `${value ?? ""}` }))))),
    ),
  warning: (text) => element("p", {}, element("strong", { text: `Warning: ${text}` })),
  button: (target) => element("p", {}, wayOn(target, target.text)),
  video_link: ({ title, url, length }) => element("p", {}, element("a", { href: url, text: `Watch the video: ${title}` }), length && ` (${length})`),
  cards: ({ heading: title, cards }) =>
    element("div", {}, heading(title), list(cards.map((card) => element("div", {}, wayOn(card, card.title), card.text && element("p", { text: card.text }))))),
  documents: ({ title, documents }) =>
    element("div", {}, heading(title), list(documents.map((file) => element("span", {}, link(file), ` (${size(file)})`)))),
  contact: ({ heading: title, team, email, phone: number, address, hours }) =>
    element(
      "div",
      {},
      heading(title),
      element("p", {}, element("strong", { text: team })),
      email && element("p", {}, element("a", { href: `mailto:${email}`, text: email })),
      number && element("p", {}, phone(number), hours && `, ${hours}`),
      address && element("p", { class: "address", text: address }),
    ),
  concern_routes: concernRoutes,
  signs: ({ heading: title, introduction, signs, note }) =>
    element("div", {}, heading(title), html(introduction), list(signs), html(note)),
  reporting_steps: ({ heading: title, steps }) =>
    element("div", {}, heading(title), list(steps.map(({ title, text }) => element("div", {}, element("strong", { text: title }), html(text))), "ol")),
  report_online: ({ heading: title, text }, site) =>
    element("div", {}, heading(title), html(text), element("p", {}, element("a", { href: site.concern.routes.online.url, text: site.concern.routes.online.label }))),
  referral_form: ({ heading: title, text, link_text, url }) =>
    element("div", {}, heading(title), html(text), element("p", {}, link({ title: link_text, url }))),
  professionals: ({ heading: title, text, links }) =>
    element("div", {}, heading(title), html(text), list(links.map(({ text, url }) => link({ title: text, url })))),
  related_pages: ({ heading: title, pages }) => element("div", {}, heading(title), list(pages.map(link))),
  privacy_fact: ({ sentences }) => list(sentences),
  upcoming_roundtables: ({ heading: title }) =>
    element("div", {}, heading(title), element("p", {}, element("a", { href: "#/", text: "All dates" }))),
};

// A type that this front end does not know is left out: the API may get new ones (docs/headless.md).
export function drawBlocks(blocks, site) {
  return blocks.map(({ type, value }) => BLOCKS[type]?.(value, site)).filter(Boolean);
}

export const knownBlocks = Object.keys(BLOCKS);

export function contents(entries, address) {
  if (entries.length < 2) return null;
  const items = entries.map(({ anchor, text }) => element("a", { href: `${address}?to=${anchor}`, text }));
  return element("nav", { "aria-label": "Contents" }, element("h2", { text: "Contents" }), list(items));
}

export function breadcrumbs(pages) {
  return pages.length ? element("nav", { class: "breadcrumbs", "aria-label": "Breadcrumb" }, list(pages.map(link), "ol")) : null;
}
