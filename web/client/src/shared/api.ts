/** The REST API: the shapes it gives and takes (see /api/v1/openapi.json), and one function a call. */
import * as clock from "./clock";
import type { Plan } from "../collections/plan";

export type Label = "negative" | "neutral" | "positive" | "unknown";
export type Device = "android" | "iphone" | "web" | "other";
/** West, south, east, north in degrees; west > east crosses the antimeridian. */
export type Box = readonly [number, number, number, number];

export interface Author {
  id: string;
  handle?: string;
  name?: string;
  avatar?: string;
}

export interface Post {
  id: string;
  text: string;
  source: Device;
  coords: readonly [number, number] | null;
  label: Label;
  path: string;
  confidence: number;
  model: string | null;
  platform: string;
  kind: "post" | "retweet" | "reply" | "quote";
  created_at: string | null;
  received_at: number;
  lang: string | null;
  author: Author | null;
  /** Who wrote the text, when the author only passed it on. */
  original: Author | null;
  place: string | null;
  url: string | null;
  /** Codes of the countries in which the platform does not show it. */
  withheld?: readonly string[];
  paid_partnership?: boolean;
  /** Whether it did not come live but was fetched after a gap. */
  backfilled?: boolean;
  /** Where it is not counted at its receipt: when it was written, in ms since the epoch. */
  counted_at?: number;
  /** Whether it is a later version of a post, and the ids of earlier ones where each has its own. */
  edited?: boolean;
  replaces?: readonly string[];
  /** By tagger, where a stream of the post chose more than sentiment. */
  labels?: Readonly<Record<string, TaggerLabel>>;
}

/** The answer of one tagger; `confidence` is 0 to 1. */
export interface TaggerLabel {
  label: string;
  path: string;
  confidence: number;
  model: string | null;
}

/** A label that a person put right. */
export interface Correction {
  post_id: string;
  author_id: string | null;
  text: string;
  tagger: string;
  before: string;
  model: string | null;
  label: string;
}

/** A platform that streams can follow. */
export interface Source {
  name: string;
  title: string;
  /** Whether posts say where they are from. */
  has_places: boolean;
  /** Whether a filter can be tried first. */
  can_try: boolean;
  /** The platform's price of a post in US dollars. */
  post_usd: number;
  /** Whether gaps can be filled by a search, where a stream's plan asks for it. */
  can_backfill: boolean;
}

/** A tagger that streams can choose, with its labels in their order. */
export interface Tagger {
  tagger: string;
  labels: readonly string[];
  version: string;
}

export interface Place {
  name: string;
  box: Box;
  country: string | null;
  is_country: boolean;
}

export interface Filter {
  word: string;
  keywords: readonly string[];
  languages: readonly string[];
  place: Place | null;
}

export interface Totals {
  posts: number;
  negative: number;
  neutral: number;
  positive: number;
  unknown: number;
  /** Those that no tagger labelled in time, where the server counts them. */
  not_labelled?: number;
  /** Those that the accurate model labelled, where the server counts them. */
  accurate?: number;
  /** Those that cost nothing, where the stream also follows a source that charges. */
  free?: number;
}

export type State =
  | "stopped"
  | "scheduled"
  | "starting"
  | "running"
  | "reconnecting"
  | "stopping"
  | "finished"
  | "failed"
  | "archived";

export interface Fault {
  code: string;
  message: string;
}

export interface Status {
  state: State;
  rate: number;
  lag_ms: number;
  fault: Fault | null;
  note: string | null;
  since: number | null;
  /** The state of each source, where the stream follows several. */
  sources?: readonly SourceStatus[];
}

export interface SourceStatus {
  source: string;
  state: State;
  fault: Fault | null;
}

export interface Stream {
  id: string;
  name: string;
  /** The first of `sources`. */
  source: string;
  sources: readonly string[];
  /** A simulator stands in for the platform: its posts are made up. */
  simulated: boolean;
  filter: Filter;
  plan: Plan;
  /** The machine that the server chose where any will do; null when it has not. */
  placed_on: string | null;
  wanted: "running" | "stopped" | "archived";
  generation: number;
  created_at: number;
  changed_at: number;
  status: Status;
  totals: Totals;
  /** The capture client that runs it as a job, if one does. */
  client: string | null;
  /** Sentences about the filter for its author. */
  warnings: readonly string[];
}

export type Role = "viewer" | "editor" | "administrator";

export interface Me {
  id: number;
  handle: string;
  name: string;
  avatar: string | null;
  platform: string;
  role: Role;
}

/** What is written of a filter: a place is a name to look up, or a box that was drawn. */
export interface FilterBody {
  word?: string;
  keywords?: readonly string[];
  languages?: readonly string[];
  place?: string | { box: Box; name?: string } | null;
}

export interface Minute {
  at: number;
  negative: number;
  neutral: number;
  positive: number;
  unknown: number;
  not_labelled?: number;
}

/** What became of filling a gap afterwards; `open` while nobody has tried. */
export type FillState = "open" | "filling" | "filled" | "partly" | "unfillable";

/** From and to are ms since the epoch; no `to` while the gap lasts. */
export interface Gap {
  from: number;
  to: number | null;
  reason: string;
  state?: FillState;
  /** Codes of what could not be filled. */
  missing?: readonly string[];
  /** Posts that were captured afterwards. */
  posts?: number;
  /** The source that was not listened to, where the stream follows several. */
  source?: string | null;
}

export interface Trial {
  state: "running" | "done" | "failed";
  rules?: readonly string[];
  posts?: readonly Post[];
  rate_per_s?: number | null;
  cost_per_day_usd?: number | null;
  note?: string | null;
  error?: string | { code?: string; message: string; field?: string } | null;
}

export interface Page<Item> {
  items: Item[];
  total: number;
  next: number | null;
}

/** A call that was refused. `status` 0 means that no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
    readonly near: readonly string[] = [],
  ) {
    super(message);
  }
}

/** Called whenever an answer says that nobody is signed in. */
export const on = { unauthorized: (): void => undefined };

const BASE = "/api/v1";
const PATIENCE_MS = 20_000;

/** Pauses (ms) before a deletion that got no answer, or found a store away, is sent again. */
const DELETE_PAUSES_MS = [500, 1500];

/**
 * Make a call below /api/v1; throws ApiError when it is refused. A deletion may be repeated without
 * harm, so it is: where the answer to the first was lost, the second finds nothing to delete.
 */
export async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  if (method !== "DELETE") return once(method, path, body);
  for (let tries = 0; ; tries++) {
    try {
      return await once(method, path, body);
    } catch (error) {
      const status = error instanceof ApiError ? error.status : -1;
      if (status === 404 && tries > 0) return undefined as Answer;
      const pause = DELETE_PAUSES_MS[tries];
      if (pause === undefined || (status !== 0 && status !== 503)) throw error;
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}

async function once<Answer>(method: string, path: string, body: unknown): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
  } catch {
    throw new ApiError(0, "no_answer", "Weir did not answer. Check the connection and try again.");
  }
  const said = Date.parse(response.headers.get("Date") ?? "");
  if (said) clock.observe(said);
  if (!response.ok) {
    const error = await refusal(response);
    if (error.status === 401) on.unauthorized();
    throw error;
  }
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** Read why a call was refused. */
export async function refusal(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as {
      error: { code: string; message: string; field?: string; near?: string[] };
    };
    const { code, message, field, near } = error;
    return new ApiError(response.status, code, message, field ?? null, near ?? []);
  } catch {
    const message = `Weir answered with an error (${response.status}). Try again in a moment.`;
    return new ApiError(response.status, "odd_answer", message);
  }
}

/** Read a listing to its end; `path` ends where its query goes on. */
export async function all<Item>(path: string): Promise<Item[]> {
  const found: Item[] = [];
  for (let next: number | null = 0; next !== null; ) {
    const page: Page<Item> = await call("GET", `${path}limit=100&offset=${next}`);
    found.push(...page.items);
    next = page.next;
  }
  return found;
}

export const at = (id: string): string => `/streams/${encodeURIComponent(id)}`;

export const signIn = (): Promise<{ auth_url: string }> => call("POST", "/sign-in");
export const signOut = (): Promise<void> => call("POST", "/sign-out");
export const me = (): Promise<Me> => call("GET", "/me");

export const streams = (): Promise<Stream[]> => all("/streams?");
export const archivedStreams = async (): Promise<Stream[]> =>
  (await all<Stream>("/streams?archived=true&")).filter((each) => each.wanted === "archived");
export const stream = (id: string): Promise<Stream> => call("GET", at(id));
export const createStream = (
  filter: FilterBody,
  name: string | null,
  plan: Partial<Plan>,
  sources: readonly string[],
): Promise<Stream> => call("POST", "/streams", { filter, name, plan, sources });
export const editStream = (
  id: string,
  change: { filter?: FilterBody; name?: string; plan?: Partial<Plan> },
): Promise<Stream> => call("PATCH", at(id), change);
export const startStream = (id: string): Promise<Stream> => call("POST", `${at(id)}/start`);
export const stopStream = (id: string): Promise<Stream> => call("POST", `${at(id)}/stop`);
export const archiveStream = (id: string): Promise<void> => call("DELETE", at(id));
export const minutes = (id: string, since: number, until: number): Promise<{ items: Minute[] }> =>
  call("GET", `${at(id)}/minutes?since=${since}&until=${until}`);
export const gaps = (id: string, since: number, until: number): Promise<{ items: Gap[]; doubts?: Gap[] }> =>
  call("GET", `${at(id)}/gaps?since=${since}&until=${until}`);

/** What filling gaps costs at most, at the present rate of the stream. */
export interface BackfillEstimate {
  can: boolean;
  on: boolean;
  rate: number;
  posts_per_hour: number;
  usd_per_hour: number;
  waiting_ms: number;
  waiting_posts: number;
  waiting_usd: number;
}

export const backfill = (id: string): Promise<BackfillEstimate> => call("GET", `${at(id)}/backfill`);

export const sources = (): Promise<{ items: readonly Source[] }> => call("GET", "/sources");
export const taggers = (): Promise<{ items: readonly Tagger[] }> => call("GET", "/taggers");
/** Put the label of a post right; `before` is the one that it has. */
export const correct = (id: string, correction: Correction): Promise<Correction> =>
  call("POST", `${at(id)}/corrections`, correction);
export const suggestPlaces = (text: string): Promise<{ items: Place[] }> =>
  call("GET", `/places/suggest?q=${encodeURIComponent(text.slice(0, 100))}`);
export const tryFilter = (filter: FilterBody): Promise<{ id: string; warnings: readonly string[] }> =>
  call("POST", "/try", filter);
export const trial = (id: string): Promise<Trial> => call("GET", `/try/${encodeURIComponent(id)}`);

/** The paths that this server serves, below /api/v1. */
export async function served(): Promise<Set<string>> {
  const document = await call<{ paths: Record<string, unknown> }>("GET", "/openapi.json");
  return new Set(Object.keys(document.paths).map((path) => path.slice(BASE.length)));
}
