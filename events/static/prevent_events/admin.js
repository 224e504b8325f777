// Keeps the panels of the event editor up with what is typed. Without it they show what was
// last saved.
(() => {
  "use strict";

  const { keepUp, rewrite, say, start } = window.preventLivePanels;
  const FIELDS = /^(date|starts|ends|recurrence_\w+|agenda-.*)$/;

  start("[data-forecast-url]", (root, form) => {
    keepUp(form, {
      url: root.dataset.forecastUrl,
      wait: 600,
      knowsAll: true,
      isWanted: (name) => FIELDS.test(name),
      addTo: (values) => {
        const box = form.querySelector('[name="cancel_dates"]:checked');
        if (box) values.append("cancel_dates", box.value);
      },
      show: ({ panels, status }) => {
        for (const [name, html] of Object.entries(panels)) {
          const panel = form.querySelector(`[data-forecast-panel="${name}"]`);
          if (panel) rewrite(panel, html);
        }
        say(form.querySelector("[data-forecast-status]"), status);
      },
    });
  });
})();
