/** Collections: streams that keep their raw posts, what lies in their files, and X's price of more. */
import { computed, signal } from "@preact/signals";
import { at, call, type Page, type Stream } from "../shared/api";
import type { Edit } from "./audit";
import type { Minute } from "../shared/api";
import { Listing } from "../shared/listing";
import { streams } from "../streams/streams";

/** The sealed files of a stream, taken together. */
export interface Kept {
  stream: string;
  collection: string;
  segments: number;
  posts: number;
  bytes: number;
  sealed_at: number | null;
}

/** A sealed file; `here` means that this server can give it out, wherever it lies. */
export interface Segment {
  id: number;
  collection: string;
  machine: string;
  file: string;
  posts: number;
  bytes: number;
  sealed_at: number;
  first_at: string | null;
  last_at: string | null;
  gaps: number;
  here: boolean;
  state: "local" | "shipping" | "shipped" | "missing";
  shipped_to: string | null;
}

/** X's price of a post in dollars, until the server has told it. */
const PRICE_USD = 0.005;
export const price = signal(PRICE_USD);

export const kept = new Listing(async () => {
  const told = await call<{ items: Kept[]; post_read_usd: number }>("GET", "/collections");
  price.value = told.post_read_usd;
  return told.items;
});

export const keptOf = computed(
  () => new Map((kept.items.value ?? []).map((each) => [each.stream, each])),
);

export const keeps = (stream: Stream): boolean => stream.plan.capture !== null;

/** The streams that keep their posts, newest first; null until they were read. */
export const collections = computed(() => streams.value?.filter(keeps) ?? null);

export const days = (id: string): Promise<{ items: Minute[] }> => call("GET", `${at(id)}/days`);

export const segments = (id: string, offset: number, limit: number): Promise<Page<Segment>> =>
  call("GET", `${at(id)}/segments?offset=${offset}&limit=${limit}`);

export const manifest = async (id: string, segment: number): Promise<Record<string, unknown>> => {
  const found = await call<{ manifest: Record<string, unknown> }>("GET", `${at(id)}/segments/${segment}`);
  return found.manifest;
};

export const dataUrl = (id: string, segment: number): string =>
  `/api/v1${at(id)}/segments/${segment}/data`;

/** A page of a record that is kept oldest first, but read newest first. */
export interface Latest {
  items: Edit[];
  /** How many are older than these. */
  older: number;
}

const EDITS = 50;

/** The last changes, newest first, of those before a number; of all when none is given. */
export async function edits(id: string, before?: number): Promise<Latest> {
  const read = (offset: number, limit: number): Promise<Page<Edit>> =>
    call("GET", `${at(id)}/edits?offset=${offset}&limit=${limit}`);
  const end = before ?? (await read(0, 1)).total;
  const start = Math.max(0, end - EDITS);
  const { items } = await read(start, Math.max(1, end - start));
  return { items: items.reverse(), older: start };
}
