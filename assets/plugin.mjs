// Make plugin.css for other people's sites out of prevent.css: everything below ".prevent", the
// class around our templates, and without what belongs to a whole site.
//
// Usage: node plugin.mjs FOLDER

import { readFileSync, writeFileSync } from "node:fs";
import postcss from "postcss";

const WRAPPER = ".prevent";
// The site's own: its frame, its skip link, and the page as such.
const SITE = /^\.(app-(header|menu|footer)|govuk-(generic-header|template|skip-link))/;
const PAGE = /^(:root|html|body|\.prevent)(?![\w-])/;
// What a page is read in stays in front of the wrapper.
const DIRECTION = /^(:where\(\[dir="?rtl"?\]\)|\[dir="?rtl"?\]|\.js-enabled|\.govuk-frontend-supported) ?/;

function scoped(selector) {
  const [, before = ""] = selector.match(DIRECTION) ?? [];
  const rest = selector.replace(DIRECTION, "");
  if (PAGE.test(rest)) return `${before ? `${before} ` : ""}${rest.replace(PAGE, WRAPPER)}`;
  return `${before ? `${before} ` : ""}${WRAPPER} ${rest}`;
}

const folder = process.argv[2];
const root = postcss.parse(readFileSync(`${folder}/prevent.css`, "utf8"));
root.walkAtRules((rule) => {
  // A host decides by itself whether its pages are dark, and how they are printed.
  const isDark = rule.name === "media" && rule.params.includes("prefers-color-scheme");
  if (rule.name === "page" || isDark) rule.remove();
});
root.walkRules((rule) => {
  if (rule.parent.type === "atrule" && rule.parent.name.endsWith("keyframes")) return;
  const selectors = rule.selectors.filter((selector) => !SITE.test(selector)).map(scoped);
  if (selectors.length) rule.selectors = selectors;
  else rule.remove();
});
root.walkDecls("color-scheme", (declaration) => declaration.remove());
// A host's own colours and typeface, where it names them: docs/plugin.md.
root.walkDecls("font-family", (declaration) => {
  if (declaration.value.includes("sans-serif")) {
    declaration.value = "var(--prevent-typeface, inherit)";
  }
});
root.each((rule) => {
  if (rule.selector !== WRAPPER) return;
  rule.walkDecls(/^--govuk-(brand|text|link)-colour$/, (declaration) => {
    const name = declaration.prop.replace("govuk", "prevent");
    declaration.value = `var(${name}, ${declaration.value})`;
  });
});
root.prepend(
  `${WRAPPER}{box-sizing:border-box;` +
    "max-width:var(--prevent-width,60rem);margin-inline:auto;padding-inline:15px;" +
    "overflow-wrap:anywhere}",
);
root.walkAtRules((rule) => {
  if (rule.nodes && rule.nodes.length === 0) rule.remove();
});
writeFileSync(`${folder}/plugin.css`, root.toString());
