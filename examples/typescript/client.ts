// A typed client of the API. `schema.d.ts` is generated from the document: see README.md.

import type { components, operations, paths } from "./schema";

type Schemas = components["schemas"];
type Json<Operation extends keyof operations, Status extends keyof operations[Operation]["responses"]> =
  operations[Operation]["responses"][Status] extends { content: { "application/json": infer Body } } ? Body : never;

export type Page = Schemas["Page"];
export type Block = Schemas["EditorialStream"][number];
export type Site = Json<"getSite", 200>;
export type Occurrences = Json<"listOccurrences", 200>;
export type OccurrenceQuery = NonNullable<paths["/api/occurrences/"]["get"]["parameters"]["query"]>;

// A problem (RFC 9457), with a sentence for each field that is wrong.
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly problem: Schemas["Problem"],
  ) {
    super(problem.detail);
  }
}

interface Request {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: object;
  token?: string;
  bearer?: string;
  query?: Record<string, string | number | readonly (string | number)[] | undefined>;
}

export class Client {
  constructor(
    private readonly origin: string,
    private readonly fetcher: typeof fetch = fetch,
  ) {}

  private async ask<Answer>(path: keyof paths | `/${string}`, request: Request = {}): Promise<Answer> {
    const address = new URL(path, this.origin);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) address.searchParams.set(name, [value].flat().join(","));
    }
    const headers: Record<string, string> = { Accept: "application/json" };
    if (request.body) headers["Content-Type"] = "application/json";
    if (request.token) headers["Idempotency-Key"] = request.token;
    if (request.bearer) headers.Authorization = `Bearer ${request.bearer}`;
    const answer = await this.fetcher(address, {
      method: request.method ?? "GET",
      headers,
      body: request.body ? JSON.stringify(request.body) : undefined,
    });
    const known: unknown = await answer.json();
    if (!answer.ok) throw new Problem(answer.status, known as Schemas["Problem"]);
    return known as Answer;
  }

  site(locale?: string): Promise<Site> {
    return this.ask("/api/site/", { query: { locale } });
  }

  page(path: string): Promise<Page> {
    return this.ask("/api/v2/pages/find/", { query: { html_path: path } });
  }

  occurrences(query: OccurrenceQuery = {}): Promise<Occurrences> {
    return this.ask("/api/occurrences/", { query });
  }

  event(id: number): Promise<Json<"getEvent", 200>> {
    return this.ask(`/api/events/${id}/`);
  }

  search(words: string): Promise<Json<"search", 200>> {
    return this.ask("/api/search/", { query: { query: words } });
  }

  form(id: number): Promise<Json<"getRegistrationForm", 200>> {
    return this.ask(`/api/registration-forms/${id}/`);
  }

  register(token: string, body: Schemas["RegistrationBody"]): Promise<Json<"register", 201>> {
    return this.ask("/api/registrations/", { method: "POST", token, body });
  }

  booking(bearer: string): Promise<Json<"getBooking", 200>> {
    return this.ask("/api/booking/", { bearer });
  }

  changeBooking(bearer: string, body: Schemas["BookingChange"]): Promise<Json<"changeBooking", 200>> {
    return this.ask("/api/booking/", { method: "PATCH", bearer, body });
  }

  confirmBooking(bearer: string): Promise<Json<"confirmBooking", 200>> {
    return this.ask("/api/booking/confirm/", { method: "POST", bearer, body: {} });
  }

  cancelBooking(bearer: string): Promise<Json<"cancelBooking", 200>> {
    return this.ask("/api/booking/cancel/", { method: "POST", bearer, body: {} });
  }
}

// Every type of block has a case: a new one in the document is an error here until it has.
export function textOf(block: Block): string {
  switch (block.type) {
    case "heading":
      return block.value.text;
    case "prose":
    case "inset":
      return block.value;
    case "objectives":
      return block.value.map(({ title }) => title).join("\n");
    case "details":
      return block.value.summary;
    case "figure":
      return block.value.image?.alt ?? "";
    case "table":
      return block.value.caption;
    case "warning":
      return block.value;
    case "button":
      return block.value.text;
    case "video_link":
      return `${block.value.title}: ${block.value.url}`;
    case "cards":
      return block.value.cards.map(({ title }) => title).join("\n");
    case "documents":
      return block.value.documents.map(({ title, url }) => `${title}: ${url}`).join("\n");
    case "contact":
      return block.value.team;
    case "concern_routes":
      return block.value.routes.emergency.phone;
    case "signs":
      return block.value.signs.join("\n");
    case "reporting_steps":
      return block.value.steps.map(({ title }) => title).join("\n");
    case "report_online":
    case "upcoming_roundtables":
      return block.value.heading;
    case "referral_form":
      return block.value.url;
    case "professionals":
      return block.value.links.map(({ text }) => text).join("\n");
    case "related_pages":
      return block.value.pages.map(({ title }) => title).join("\n");
    case "privacy_fact":
      return block.value.sentences.join("\n");
    default:
      return unknownBlock(block);
  }
}

function unknownBlock(block: never): string {
  throw new Error(`Unknown block: ${JSON.stringify(block)}`);
}
