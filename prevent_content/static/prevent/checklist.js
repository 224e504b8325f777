// Keeps the checklist of the page editor up with what is typed. Without it the checklist shows
// what was last saved, and whoever publishes is told all the same.
(() => {
  "use strict";

  const { keepUp, rewrite, say, start } = window.preventLivePanels;

  // Shows the field, whatever tab or closed panel it is in, and puts the cursor there.
  const goTo = (form, name) => {
    const place =
      form.querySelector(`[data-contentpath="${name}"]`) ||
      form.querySelector(`#id_${name}-FORMS`)?.closest("[data-panel]");
    if (!place) return false;
    const tab = place.closest("[role=tabpanel]");
    if (tab?.hidden) document.querySelector(`[role=tab][href="#${tab.id}"]`)?.click();
    for (let panel = place.closest("[data-panel]"); panel; ) {
      const toggle = panel.querySelector("[data-panel-toggle]");
      if (toggle?.getAttribute("aria-expanded") === "false") toggle.click();
      panel = panel.parentElement.closest("[data-panel]");
    }
    const fields = place.querySelectorAll(
      ":is(input, select, textarea, button, [contenteditable=true]):not([type=hidden])",
    );
    const field = [...fields].find((one) => one.checkVisibility());
    place.scrollIntoView({ block: "center" });
    field?.focus({ preventScroll: true });
    return true;
  };

  start("[data-checklist-url]", (root, form) => {
    root.addEventListener("click", (event) => {
      const link = event.target.closest("[data-checklist-field]");
      if (link && goTo(form, link.dataset.checklistField)) event.preventDefault();
    });

    keepUp(form, {
      url: root.dataset.checklistUrl,
      savedUrl: root.dataset.savedUrl,
      wait: 900,
      show: ({ html, status }) => {
        rewrite(root.querySelector("[data-checklist-findings]"), html);
        say(root.querySelector("[data-checklist-status]"), status);
      },
    });
  });
})();
