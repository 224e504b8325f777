// Panels of the page editor that keep up with what is typed: asks the server some moments after the
// last change, and never shows an answer that a later change has overtaken.
(() => {
  "use strict";

  const valuesOf = (form, isWanted) => {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && isWanted(name)) values.append(name, value);
    }
    return values;
  };

  // Rewrites `panel` only where it differs, so that a box keeps the focus it has.
  const rewrite = (panel, html) => {
    if (panel.dataset.shown === html) return;
    panel.innerHTML = html;
    panel.dataset.shown = html;
  };

  // `line` is read out whenever its text changes.
  const say = (line, status) => {
    if (line && line.textContent !== status) line.textContent = status;
  };

  // Sends the fields of the form that `isWanted` names to `url`, and what comes back to `show`.
  // `savedUrl` is the address, with the page's number for its 0, once autosave has made the page.
  // `knowsAll`: the panels show what is in the form already. `addTo` may add to what is sent.
  const keepUp = (form, { url, savedUrl, wait, show, knowsAll = false, isWanted = () => true, addTo }) => {
    let sent = knowsAll ? valuesOf(form, isWanted).toString() : undefined;
    let timer;
    let request;

    const ask = async () => {
      const values = valuesOf(form, isWanted);
      if (values.toString() === sent) return;
      sent = values.toString();
      addTo?.(values);
      request?.abort();
      request = new AbortController();
      try {
        const response = await fetch(url, {
          method: "POST",
          body: values,
          headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
          signal: request.signal,
        });
        if (!response.ok) throw new Error(`The panels were refused: ${response.status}`);
        const answer = await response.json();
        if (valuesOf(form, isWanted).toString() === sent) show(answer);
        else askSoon();
      } catch (error) {
        // Asked again at the next change; until then the panels show what they did.
        if (error.name !== "AbortError") sent = "";
      }
    };

    const askSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, wait);
    };
    form.addEventListener("w-autosave:success", ({ detail }) => {
      const address = detail.data.pk && savedUrl.replace("/0/", `/${detail.data.pk}/`);
      if (!address || address === url) return;
      url = address;
      sent = undefined;
      askSoon();
    });
    // A click adds, moves and deletes blocks without a change of input.
    for (const kind of ["input", "change", "click"]) form.addEventListener(kind, askSoon);
  };

  // Calls `watch` with each element that `selector` finds in a form, once the page is there.
  const start = (selector, watch) => {
    const each = () => {
      for (const root of document.querySelectorAll(selector)) {
        const form = root.closest("form");
        if (form) watch(root, form);
      }
    };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", each);
    else each();
  };

  window.preventLivePanels = { keepUp, rewrite, say, start };
})();
