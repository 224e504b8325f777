// Keeps the checklist of the page editor up with what is typed. Without it the checklist shows
// what was last saved, and whoever publishes is told all the same.
(() => {
  "use strict";

  const { keepUp, rewrite, say, start } = window.preventLivePanels;

  start("[data-checklist-url]", (root, form) => {
    keepUp(form, {
      url: root.dataset.checklistUrl,
      wait: 900,
      show: ({ html, status }) => {
        rewrite(root.querySelector("[data-checklist-findings]"), html);
        say(root.querySelector("[data-checklist-status]"), status);
      },
    });
  });
})();
