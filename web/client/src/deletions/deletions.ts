/** Deletions: posts that are taken out of captures and dashboards, and how far each has come. */
import { signal } from "@preact/signals";
import { call } from "../shared/api";
import { dayTime } from "../shared/format";
import { Listing } from "../shared/listing";

export interface MachineWork {
  machine: string;
  done_at: number | null;
  looked: number;
  trouble: string | null;
}

/** What was taken out of one segment: lines, and copies inside other posts' lines. */
export interface Taken {
  machine: string;
  collection: string;
  file: string;
  lines: number;
  copies: number;
}

export interface Deletion {
  id: string;
  state: "asking" | "working" | "done";
  reason: string;
  asked_at: number;
  done_at: number | null;
  compliance: boolean;
  parent: string | null;
  posts: number;
  authors: number;
  found: number;
  recent: number;
  /** What a platform announced is gathered until `due_at`, before captures change. */
  by_platform?: boolean;
  due_at?: number | null;
  machines: readonly MachineWork[];
  children: readonly string[];
}

export interface DeletionDetails extends Deletion {
  segments: readonly Taken[];
  not_found: readonly string[];
  /** Capture clients that cannot be told, and what their owners are to delete there. */
  by_hand: ByHand | null;
}

export interface ByHand {
  clients: readonly { client: number; name: string; collections: readonly string[] }[];
  ids: readonly string[];
  authors: readonly string[];
}

export interface DeletionBody {
  ids?: readonly string[];
  authors?: readonly string[];
  reason?: string;
  compliance?: boolean;
}

const PAGE = 50;
/** How many pages of them are read, newest first. */
let pages = 1;
export const hasOlder = signal(false);

export const deletions = new Listing(async () => {
  const wanted = Array.from({ length: pages }, (_, page) => read(page * PAGE));
  const found = await Promise.all(wanted);
  hasOlder.value = found.at(-1)?.next != null;
  return found.flatMap((page) => page.items);
});

export function readOlder(): void {
  pages++;
  void deletions.refresh();
}

const read = (offset: number): Promise<{ items: Deletion[]; next: number | null }> =>
  call("GET", `/deletions?limit=${PAGE}&offset=${offset}`);

export const ask = (body: DeletionBody): Promise<Deletion> => call("POST", "/deletions", body);
export const details = (id: string): Promise<DeletionDetails> =>
  call("GET", `/deletions/${encodeURIComponent(id)}`);

export interface DeletionDraft {
  how: "named" | "compliance";
  ids: string;
  authors: string;
  reason: string;
}

export const EMPTY: DeletionDraft = { how: "named", ids: "", authors: "", reason: "" };

/** Ids as typed or pasted, in any order of lines and commas; of a post's address, its id. */
export function idsOf(typed: string): string[] {
  const parts = typed.split(/[\s,;]+/).map((part) => {
    const bare = part.replace(/^["']+|["']+$/g, "");
    return bare.match(/^https?:\/\/\S+?\/status(?:es)?\/(\d+)/)?.[1] ?? bare;
  });
  return [...new Set(parts.filter(Boolean))];
}

export function bodyOf({ how, ids, authors, reason }: DeletionDraft): DeletionBody {
  const why = reason.trim() ? { reason: reason.trim() } : {};
  if (how === "compliance") return { compliance: true, ...why };
  return { ids: idsOf(ids), authors: idsOf(authors), ...why };
}

/** What is wrong before anything is sent: a field, and what to do there. */
export function missing(draft: DeletionDraft): readonly [string, string] | null {
  if (draft.how === "compliance") return null;
  const { ids = [], authors = [] } = bodyOf(draft);
  if (ids.length + authors.length === 0) return ["ids", "Name at least one post or one author."];
  const handle = authors.find((each) => each.startsWith("@"));
  if (handle) return ["authors", `${handle} is a handle, which may change: give the author’s number.`];
  if (new Blob([JSON.stringify(bodyOf(draft))]).size > 65_000) {
    return ["ids", "These are too many at once: a deletion holds about 3,000 ids."];
  }
  return null;
}

const some = (n: number, what: string): string => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;

/** What a deletion names, in words. */
export function named({ compliance, posts, authors }: Deletion): string {
  if (compliance) return "Check against X";
  const parts = [posts && some(posts, "post"), authors && some(authors, "author")];
  return parts.filter(Boolean).join(" and ") || "Nothing";
}

/** What came of it so far, in words. */
export function outcome(deletion: Deletion, now = Date.now()): string {
  const { state, compliance, children, posts, authors, found, recent } = deletion;
  if (compliance) {
    if (children.length) return `Led to ${some(children.length, "deletion")}, listed here.`;
    return state === "done" ? "X wants none of them deleted." : "X has not answered yet.";
  }
  if (deletion.due_at && deletion.due_at > now) {
    return `Off dashboards already; captures change from ${dayTime(deletion.due_at)} on.`;
  }
  const isDone = state === "done";
  const lost = posts + authors - found;
  const parts = [
    `${found} of ${posts + authors} found in captures${isDone ? "" : " so far"}`,
    isDone && found > 0 && lost > 0 && `${lost} in none`,
    recent > 0 && `${some(recent, "post")} taken off dashboards`,
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}

/** What the next step will do, in words. */
export function announced(draft: DeletionDraft): string {
  const { ids = [], authors = [], compliance = false } = bodyOf(draft);
  if (compliance) return "Ask X which posts to delete, and delete them";
  const parts = [
    ids.length && some(ids.length, "post"),
    authors.length && `all posts of ${some(authors.length, "author")}`,
  ];
  return `Delete ${parts.filter(Boolean).join(" and ")}`;
}
