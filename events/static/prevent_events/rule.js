// Writes a date that is picked into the list of extra dates. Without it the list is typed.
(() => {
  "use strict";

  const inWords = (day) =>
    new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(day);

  const start = () => {
    for (const adding of document.querySelectorAll("[data-rule-add]")) {
      const picker = adding.querySelector("input");
      const list = adding.closest(".rule").querySelector('[data-rule-part="extra"]');
      adding.hidden = false;
      adding.querySelector("button").addEventListener("click", () => {
        if (!picker.valueAsDate) return picker.focus();
        list.value = [list.value.trimEnd(), inWords(picker.valueAsDate)].filter(Boolean).join("\n");
        picker.value = "";
        list.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
