// A person's own booking: what is stored, and changing, moving, cancelling and erasing it.

import * as api from "./api.js";
import { element, show } from "./dom.js";
import { answersFor, drawField, hideWhatIsNotAsked, tell } from "./registration-form.js";

// The token of the link in the email stays in the part of the address that no server is sent.
export async function showBooking(token, done = "") {
  const booking = await api.booking(token);
  const facts = [
    ["Reference", booking.reference],
    ["Status", booking.status_label],
    ["Event", booking.event?.title],
    ["When", booking.occurrence.label],
    ["Where", booking.occurrence.venue?.name ?? "Online"],
    ["Name", booking.name],
    ["Email address", booking.email],
    ["Guests", booking.guests || ""],
    ...booking.answers.map(({ label, texts }) => [label, texts.join(", ")]),
  ].filter(([, value]) => value);
  show(
    "Your booking",
    done && element("p", { class: "done", role: "status", text: done }),
    element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", { text: name }), element("dd", { text: value })])),
    booking.joining_url && element("p", {}, element("a", { href: booking.joining_url, text: "Join online", rel: "noreferrer" })),
    booking.can_confirm && action("Confirm my booking", () => api.confirmBooking(token), token, "Your booking is confirmed"),
    booking.can_change && changeForm(token, booking),
    booking.can_change && moveForm(token, booking),
    booking.can_cancel && action("Cancel my place", () => api.cancelBooking(token), token, "Your place is cancelled"),
    eraseButton(token),
  );
}

function changeForm(token, booking) {
  const present = Object.fromEntries(booking.answers.map(({ name, value }) => [name, value]));
  const fields = booking.fields.map((field) => ({ ...field, value: { ...present, guests: booking.guests, discreet: booking.discreet }[field.name] }));
  return form("Change my booking", fields, async (drawn) => {
    await api.changeBooking(token, answersFor(drawn, fields));
    await showBooking(token, "Your booking has been changed");
  });
}

function moveForm(token, booking) {
  const options = booking.dates.map(({ occurrence, label, hint, available }) => ({
    value: occurrence,
    label: hint ? `${label} (${hint})` : label,
    disabled: !available,
  }));
  if (!options.some(({ disabled }) => !disabled)) return null;
  const field = { name: "occurrence", pointer: "#/occurrence", kind: "radio", label: "Move to another date", required: true, options };
  return form("Move my booking", [field], async (drawn) => {
    await api.moveBooking(token, answersFor(drawn, [field]));
    await showBooking(token, "Your booking has been moved");
  });
}

function form(title, fields, send) {
  const problems = element("div");
  const button = element("button", { text: title });
  const drawn = element("form", { novalidate: true, "aria-label": title }, ...fields.map(drawField), button);
  drawn.addEventListener("change", () => hideWhatIsNotAsked(drawn, fields));
  drawn.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    button.disabled = true;
    try {
      await send(drawn);
    } catch (problem) {
      tell(problem, problems, drawn, fields);
    } finally {
      button.disabled = false;
    }
  });
  hideWhatIsNotAsked(drawn, fields);
  return element("section", {}, element("h2", { text: title }), problems, drawn);
}

function action(text, act, token, done) {
  const problem = element("p", { class: "error", role: "alert" });
  const button = element("button", {
    type: "button",
    text,
    on: {
      click: async () => {
        try {
          await act();
          await showBooking(token, done);
        } catch ({ message }) {
          problem.textContent = message;
        }
      },
    },
  });
  return element("section", {}, element("h2", { text }), problem, button);
}

function eraseButton(token) {
  const button = element("button", {
    type: "button",
    text: "Delete everything about me now",
    on: {
      click: async () => {
        const { message } = await api.eraseBooking(token);
        show(message, element("p", {}, element("a", { href: "#/", text: "All dates" })));
      },
    },
  });
  return element("section", {}, element("h2", { text: "Your data" }), button);
}
