/** The audit of a stream: each change on its record, in words. */
import type { Filter, State } from "../shared/api";
import { count, dayTime, money } from "../shared/format";
import type { Plan } from "./plan";
import { wordsOf } from "../shared/taggers";
import { STATE_WORDS } from "../streams/state-words";

/** A change as the server keeps it: only the parts that changed. */
export interface Edit {
  at: number;
  /** The account; null when the server did it by itself. */
  by: number | null;
  generation: number;
  added: readonly string[];
  removed: readonly string[];
  before: Face;
  after: Face;
}

interface Face {
  name?: string | null;
  wanted?: "running" | "stopped" | "archived" | null;
  filter?: Filter | null;
  plan?: Partial<Plan> | null;
  placed_on?: string | null;
  state?: State;
  fault?: { message: string } | null;
}

export interface Change {
  what: string;
  before: string;
  after: string;
}

export interface Entry {
  at: number;
  /** Who did it; absent where nobody did anything, and it was only seen. */
  by?: number | null;
  /** What was done, in a word or two. */
  deed: string;
  why?: string | undefined;
  added: readonly string[];
  removed: readonly string[];
  changes: readonly Change[];
}

/** What becomes of posts that the platform says are deleted. */
export const DELETED = { redact: "taken out of the files", mark: "kept and marked" };

const NONE = "none";
const DEEDS = { running: "Started", stopped: "Stopped", archived: "Archived" };

export function entryOf({ at, by, added, removed, before, after }: Edit): Entry {
  if (before.wanted == null && after.wanted) {
    return { at, by, deed: "Created", added, removed: [], changes: setOf(after) };
  }
  if (after.state) return seen(at, after.state, after.fault?.message);
  const isPlaced = Object.keys(after).join() === "placed_on";
  const deed = after.wanted ? DEEDS[after.wanted] : isPlaced ? "Placed" : "Edited";
  return { at, by, deed, added, removed, changes: changesOf(before, after) };
}

/** What came of an order, or what nobody ordered. */
const seen = (at: number, state: State, why: string | undefined): Entry => ({
  at,
  deed: STATE_WORDS[state].replace("…", ""),
  why,
  added: [],
  removed: [],
  changes: [],
});

/** What a new stream was given beside its terms. */
const setOf = (after: Face): Change[] =>
  changesOf({}, after).filter(({ after: now, before: then }) => now !== then && now !== NONE);

function changesOf(before: Face, after: Face): Change[] {
  const then = { ...linesOf(before) };
  const now = { ...linesOf(after) };
  return [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .map((what) => ({ what, before: then[what] ?? NONE, after: now[what] ?? NONE }))
    .filter((each) => each.before !== each.after);
}

/** What is set, by what people call it; terms are told apart. */
function linesOf({ name, filter, plan, placed_on: place }: Face): Record<string, string> {
  const capture = plan?.capture;
  const lines: Record<string, string | null | undefined> = {
    name,
    languages: filter && (filter.languages.join(", ") || "any"),
    place: filter?.place?.name,
    description: plan?.description,
    collection: capture?.collection,
    "start time": moment(plan?.starts_at),
    "end time": moment(plan?.ends_at),
    "budget in posts": plan?.budget_posts == null ? null : count(plan.budget_posts),
    "budget in dollars": plan?.budget_usd == null ? null : money(plan.budget_usd),
    machine: plan?.machine,
    "runs on": place === "default" ? "machines without a name" : place,
    priority: plan?.priority ? String(plan.priority) : null,
    "labels besides sentiment": plan?.taggers?.map(wordsOf).join(", "),
    gaps: plan?.backfill ? "filled afterwards" : null,
    "deleted posts": capture?.on_deletion && DELETED[capture.on_deletion],
    "minutes in a file": capture?.minute_interval == null ? null : String(capture.minute_interval),
    "times in file names": capture?.filename_timefmt,
    "file extension": capture?.extension,
    compression: capture?.compression,
  };
  const told = Object.entries(lines).filter((line): line is [string, string] => !!line[1]);
  return Object.fromEntries(told);
}

const moment = (ms: number | null | undefined): string | null => (ms == null ? null : dayTime(ms));
