// Elements from data. Text is set as text, so nothing that the API says is taken for markup, but for
// what its document calls HTML.

// element("a", { href: "/", text: "Home" }), element("ul", {}, ...items)
export function element(tag, { text, html, on, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined && value !== "") made.setAttribute(name, value);
  }
  if (text !== undefined) made.textContent = text;
  if (html !== undefined) made.innerHTML = html;
  for (const [name, listener] of Object.entries(on ?? {})) made.addEventListener(name, listener);
  made.append(...children.filter(Boolean));
  return made;
}

// Shows a view as a page of its own: its title, its heading, and the focus on it.
export function show(title, ...parts) {
  const main = document.querySelector("main");
  const heading = element("h1", { text: title, tabindex: "-1" });
  document.title = `${title} – Roundtables`;
  main.replaceChildren(heading, ...parts.filter(Boolean));
  heading.focus();
  return main;
}
