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

export const dates = (address = "/api/occurrences/?limit=20") => ask(address);
export const date = (uuid) => ask(`/api/occurrences/${uuid}/`);
export const event = (address) => ask(address);
export const form = (id) => ask(`/api/registration-forms/${id}/`);

// The form's token makes it safe to send the same answers again: they are kept once.
export const register = (body, token) =>
  ask("/api/registrations/", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": token },
    body: JSON.stringify(body),
  });
