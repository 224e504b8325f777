// Keeps the panels of the event editor up with what is typed. Without it they show what was
// last saved.
(() => {
  "use strict";

  const WAIT = 600;
  const FIELDS = /^(date|starts|ends|recurrence_\w+|agenda-.*)$/;

  const valuesOf = (form) => {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (FIELDS.test(name) && typeof value === "string") values.append(name, value);
    }
    return values;
  };

  const show = (form, panels, status) => {
    for (const [name, html] of Object.entries(panels)) {
      const panel = form.querySelector(`[data-forecast-panel="${name}"]`);
      if (panel && panel.dataset.shown !== html) {
        panel.innerHTML = html;
        panel.dataset.shown = html;
      }
    }
    const line = form.querySelector("[data-forecast-status]");
    if (line && line.textContent !== status) line.textContent = status;
  };

  const watch = (root) => {
    const form = root.closest("form");
    if (!form) return;
    let sent = valuesOf(form).toString();
    let timer;
    let request;

    const ask = async () => {
      const values = valuesOf(form);
      if (values.toString() === sent) return;
      sent = values.toString();
      const box = form.querySelector('[name="cancel_dates"]:checked');
      if (box) values.append("cancel_dates", box.value);
      request?.abort();
      request = new AbortController();
      try {
        const response = await fetch(root.dataset.forecastUrl, {
          method: "POST",
          body: values,
          headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
          signal: request.signal,
        });
        if (!response.ok) throw new Error(`The forecast was refused: ${response.status}`);
        const { panels, status } = await response.json();
        show(form, panels, status);
      } catch (error) {
        // Asked again at the next change; until then the panels show what they did.
        if (error.name !== "AbortError") sent = "";
      }
    };

    const askSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    };
    // A click adds, moves and deletes parts of the running order without a change of input.
    for (const kind of ["input", "change", "click"]) form.addEventListener(kind, askSoon);
  };

  const start = () => document.querySelectorAll("[data-forecast-url]").forEach(watch);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
