// Stops Wagtail's autosave once a button has sent the page editor's form: the draft that it would
// send, with the same action in it, belongs to a page that the server is changing just then.
(() => {
  "use strict";

  const sent = new WeakSet();

  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-edit-form]")) sent.add(target);
  });

  document.addEventListener("w-autosave:save", (event) => {
    const form = event.target;
    // Wagtail adds this field when "Approve" or "Request changes" is pressed.
    if (sent.has(form) || form.elements["action-workflow-action"]) event.preventDefault();
  });
})();
