// Keeps the panels of the event editor up with what is typed. Without it they show what was
// last saved.
(() => {
  "use strict";

  const { keepUp, rewrite, say, start } = window.preventLivePanels;
  const FIELDS = /^(date|starts|ends|recurrence_\w+|agenda-.*)$/;

  // A button beside a date holds the list of dates as it becomes when the button is pressed.
  const changeList = (form, button) => {
    const list = form.querySelector(`.rule [data-rule-part="${button.dataset.ruleList}"]`);
    list.value = button.value;
    list.dispatchEvent(new Event("input", { bubbles: true }));
  };

  start("[data-forecast-url]", (root, form) => {
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-rule-list]");
      if (button) changeList(form, button);
    });
    keepUp(form, {
      url: root.dataset.forecastUrl,
      savedUrl: root.dataset.savedUrl,
      wait: 600,
      knowsAll: true,
      isWanted: (name) => FIELDS.test(name),
      show: ({ panels, status }) => {
        for (const [name, html] of Object.entries(panels)) {
          const panel = form.querySelector(`[data-forecast-panel="${name}"]`);
          if (!panel) continue;
          const pressed = panel.querySelector("[data-date]:focus")?.dataset.date;
          rewrite(panel, html);
          // The button that leaves a date out has become the one that puts it back.
          if (pressed) {
            panel.querySelector(`[data-date="${pressed}"]`)?.focus();
          }
        }
        say(form.querySelector("[data-forecast-status]"), status);
      },
    });
  });
})();
