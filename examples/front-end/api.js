// What is asked of the API, and how its problems (RFC 9457) become errors.

import { API } from "./config.js";

export class Problem extends Error {
  constructor({ status, type, detail, errors = [] }) {
    super(detail);
    Object.assign(this, { status, type, errors });
  }
}

async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(new URL(address, API), { ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch {
    throw new Problem({ status: 0, detail: "The site cannot be reached. Nothing was lost: try again in a moment." });
  }
  const said = await answer.json().catch(() => ({ status: answer.status, detail: "Something went wrong. Try again in a moment." }));
  if (!answer.ok) throw new Problem(said);
  return said;
}

export const site = () => ask("/api/site/");
// Follows redirects: a path that was given out leads to the page that is there now.
export const page = (path) => ask(`/api/v2/pages/find/?html_path=${encodeURIComponent(path)}`);
export const dates = (address = "/api/occurrences/?limit=20") => ask(address);
export const date = (uuid) => ask(`/api/occurrences/${uuid}/`);
export const event = (address) => ask(address);
export const form = (id) => ask(`/api/registration-forms/${id}/`);

const withToken = (token, method, address, body) =>
  ask(address, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });

export const booking = (token) => withToken(token, "GET", "/api/booking/");
export const changeBooking = (token, body) => withToken(token, "PATCH", "/api/booking/", body);
export const moveBooking = (token, body) => withToken(token, "POST", "/api/booking/move/", body);
export const cancelBooking = (token) => withToken(token, "POST", "/api/booking/cancel/", {});
export const confirmBooking = (token) => withToken(token, "POST", "/api/booking/confirm/", {});
export const eraseBooking = (token) => withToken(token, "DELETE", "/api/booking/");

// The form's token makes it safe to send the same answers again: they are kept once.
export const register = (body, token) =>
  ask("/api/registrations/", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": token },
    body: JSON.stringify(body),
  });
