// A registration form drawn from the API's description of it, and what becomes of its answers.

import * as api from "./api.js";
import { element, show } from "./dom.js";

const TYPES = { email: "email", url: "url", date: "date", number: "number", text: "text" };
// A token that is used up or too old, words of consent that changed: the answers stay.
const NEEDS_RENEWAL = /:(token|key-reused|consent-changed)$/;
const idOf = (field) => `field-${field.name}`;

export async function showForm(id, chosen) {
  draw(await api.form(id), chosen);
}

function draw(form, chosen) {
  if (!form.is_open) {
    show(form.title, element("p", { text: form.reason }));
    return;
  }
  const fields = [dateField(form, chosen), ...form.fields, ...consentFields(form)];
  const problems = element("div");
  const button = element("button", { text: "Send your booking" });
  const drawn = element(
    "form",
    { novalidate: true, "aria-label": form.title },
    ...fields.map(drawField),
    element("p", { text: form.statement }),
    element("div", { html: form.privacy_text }),
    button,
  );
  drawn.addEventListener("change", () => hideWhatIsNotAsked(drawn, fields));
  drawn.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    button.disabled = true;
    try {
      await waitUntil(form.earliest_at);
      thank(await api.register(answersOf(form, drawn, fields), form.token));
    } catch (problem) {
      if (problem.status === 403 || NEEDS_RENEWAL.test(problem.type)) await renew(form, drawn);
      tell(problem, problems, drawn, fields);
    } finally {
      button.disabled = false;
    }
  });
  show(`${form.title}: ${form.event.title}`, problems, element("div", { html: form.introduction }), drawn);
  hideWhatIsNotAsked(drawn, fields);
}

const dateField = ({ dates }, chosen) => ({
  name: "occurrence",
  pointer: "#/occurrence",
  kind: "radio",
  label: "Which date?",
  required: true,
  value: chosen,
  options: dates.map(({ occurrence, label, hint, available }) => ({
    value: occurrence,
    label: hint ? `${label} (${hint})` : label,
    disabled: !available,
  })),
});

// Asked for only where the form has a sensitive question.
const consentFields = ({ consent }) =>
  consent ? [{ name: "consent", pointer: "#/consent", kind: "checkbox", label: consent.text, options: [] }] : [];

export function drawField(field) {
  const id = idOf(field);
  const hint = field.hint && element("p", { class: "hint", id: `${id}-hint`, text: field.hint });
  const error = element("p", { class: "error", id: `${id}-error`, hidden: true });
  const label = field.required ? field.label : `${field.label} (optional)`;
  const described = `${hint ? `${id}-hint ` : ""}${id}-error`;
  if (["radio", "checkboxes"].includes(field.kind)) {
    const type = field.kind === "radio" ? "radio" : "checkbox";
    return element(
      "fieldset",
      { id: `${id}-group`, "aria-describedby": described },
      element("legend", { text: label }),
      hint,
      error,
      ...field.options.map((option, number) => choice(field, option, type, number)),
    );
  }
  if (field.kind === "checkbox") {
    const only = choice(field, { value: "on", label }, "checkbox", 0);
    only.firstChild.setAttribute("aria-describedby", described);
    return element("div", { class: "field", id: `${id}-group` }, hint, error, only);
  }
  return element(
    "div",
    { class: "field", id: `${id}-group` },
    element("label", { for: id, text: label }),
    hint,
    error,
    control(field, { id, name: field.name, "aria-describedby": described, autocomplete: field.autocomplete }),
  );
}

function choice(field, { value, label, disabled }, type, number) {
  const id = number ? `${idOf(field)}-${number}` : idOf(field);
  return element(
    "div",
    { class: "choice" },
    element("input", { type, id, name: field.name, value, disabled, checked: [field.value].flat().includes(field.kind === "checkbox" ? true : value) && !disabled }),
    " ",
    element("label", { for: id, text: label }),
  );
}

function control(field, attributes) {
  if (field.kind === "textarea") return element("textarea", { ...attributes, rows: "4", text: field.value ?? "" });
  if (field.kind === "dropdown") {
    const options = [{ value: "", label: "Choose" }, ...field.options];
    const drawn = options.map(({ value, label }) => element("option", { value, text: label, selected: value === field.value }));
    return element("select", attributes, ...drawn);
  }
  return element("input", { ...attributes, type: TYPES[field.kind] ?? "text", value: field.value });
}

function valueOf(field, drawn) {
  const controls = [...drawn.querySelectorAll(`[name="${CSS.escape(field.name)}"]`)];
  if (field.kind === "checkbox") return controls[0].checked;
  if (field.kind === "checkboxes") return controls.filter(({ checked }) => checked).map(({ value }) => value);
  if (field.kind === "radio") return controls.find(({ checked }) => checked)?.value ?? "";
  return controls[0].value.trim();
}

function isAsked(field, drawn, fields) {
  if (!field.only_if) return true;
  const other = fields.find(({ pointer }) => pointer === field.only_if.pointer);
  return isAsked(other, drawn, fields) && [valueOf(other, drawn)].flat().includes(field.only_if.value);
}

export function hideWhatIsNotAsked(drawn, fields) {
  for (const field of fields) {
    drawn.querySelector(`#${CSS.escape(idOf(field))}-group`).hidden = !isAsked(field, drawn, fields);
  }
}

// What a form about a booking says: all of it, so that what was emptied is deleted.
export function answersFor(drawn, fields) {
  const body = {};
  for (const field of fields) {
    const value = isAsked(field, drawn, fields) ? valueOf(field, drawn) : "";
    if (!field.pointer.startsWith("#/answers/")) body[field.name] = field.name === "guests" ? Number(value) : value;
    else body.answers = { ...body.answers, [field.name]: value === "" || value === false || value.length === 0 ? null : value };
  }
  return body;
}

// What the form says, at the places that the API's pointers name. What is empty is left out.
function answersOf(form, drawn, fields) {
  const body = { form: form.id, answers: {}, consent_version: form.consent?.version ?? "" };
  for (const field of fields) {
    const value = valueOf(field, drawn);
    if (!isAsked(field, drawn, fields) || value === "" || value === false || value.length === 0) continue;
    const place = field.pointer.startsWith("#/answers/") ? body.answers : body;
    place[field.name] = field.name === "guests" ? Number(value) : value;
  }
  return body;
}

function waitUntil(moment) {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, new Date(moment) - Date.now()));
  });
}

async function renew(form, drawn) {
  const { token, earliest_at, consent } = await api.form(form.id);
  Object.assign(form, { token, earliest_at, consent });
  if (consent) drawn.querySelector("label[for=field-consent]").textContent = `${consent.text} (optional)`;
}

// Shows what is wrong above the form, with links, and beside each field. What was typed stays.
export function tell(problem, problems, drawn, fields) {
  const found = fields.map((field) => [field, problem.errors.find(({ pointer }) => pointer === field.pointer)]);
  for (const [field, error] of found) {
    const shown = drawn.querySelector(`#${CSS.escape(idOf(field))}-error`);
    shown.textContent = error ? `Error: ${error.detail}` : "";
    shown.hidden = !error;
  }
  const links = found
    .filter(([, error]) => error)
    .map(([field, error]) =>
      element("li", {}, element("a", {
        href: `#${idOf(field)}`,
        text: error.detail,
        on: {
          click: (clicked) => {
            clicked.preventDefault();
            drawn.querySelector(`#${CSS.escape(idOf(field))}`).focus();
          },
        },
      })),
    );
  const summary = element(
    "div",
    { class: "problem", role: "alert", tabindex: "-1" },
    element("h2", { text: "There is a problem" }),
    element("p", { text: problem.message }),
    links.length ? element("ul", {}, ...links) : null,
  );
  problems.replaceChildren(summary);
  document.title = `Error: ${document.title.replace(/^Error: /, "")}`;
  summary.focus();
}

function thank({ reference, message, when, what_next }) {
  show(
    message,
    element("p", { text: `Your reference: ${reference}` }),
    element("p", { text: when }),
    element("div", { html: what_next }),
    element("p", {}, element("a", { href: "#/", text: "All dates" })),
  );
}
