// Keeps the checklist of the page editor up with what is typed. Without it the checklist shows
// what was last saved, and whoever publishes is told all the same.
(() => {
  "use strict";

  const WAIT = 900;

  const watch = (root) => {
    const form = root.closest("form");
    if (!form) return;
    const shown = root.querySelector("[data-checklist-findings]");
    const line = root.querySelector("[data-checklist-status]");
    let sent;
    let timer;
    let request;

    const valuesOf = () => {
      const values = new URLSearchParams();
      for (const [name, value] of new FormData(form)) {
        if (typeof value === "string") values.append(name, value);
      }
      return values;
    };

    const ask = async () => {
      const values = valuesOf();
      if (values.toString() === sent) return;
      sent = values.toString();
      request?.abort();
      request = new AbortController();
      try {
        const response = await fetch(root.dataset.checklistUrl, {
          method: "POST",
          body: values,
          headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
          signal: request.signal,
        });
        if (!response.ok) throw new Error(`The checklist was refused: ${response.status}`);
        const { html, status } = await response.json();
        // Rewritten only where it differs, so that a box keeps the focus it has.
        if (root.dataset.shown !== html) {
          shown.innerHTML = html;
          root.dataset.shown = html;
        }
        if (line.textContent !== status) line.textContent = status;
      } catch (error) {
        // Asked again at the next change; until then the checklist shows what it did.
        if (error.name !== "AbortError") sent = "";
      }
    };

    const askSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    };
    // A click adds, moves and deletes blocks without a change of input.
    for (const kind of ["input", "change", "click"]) form.addEventListener(kind, askSoon);
  };

  const start = () => document.querySelectorAll("[data-checklist-url]").forEach(watch);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
