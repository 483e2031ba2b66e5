/** The draft of a plan: how raw posts are kept, when, and at what cost, as it is typed in the form. */
import { localFault, localOf, momentOf } from "../shared/local-time";
import type { Capture, Plan } from "./plan";

export interface PlanDraft {
  keeps: boolean;
  collection: string;
  description: string;
  starts: string;
  ends: string;
  budget: string;
  unit: "posts" | "usd";
  machine: string;
  priority: string;
  minutes: string;
  timefmt: string;
  extension: string;
  compression: string;
  onDeletion: Capture["on_deletion"];
  taggers: readonly string[];
  backfill: boolean;
  /** The number of a Mastodon instance; empty for the one of this Weir. */
  instance: string;
  local: boolean;
}

/** What the API calls each field. */
export const FIELDS: Record<keyof PlanDraft, readonly string[]> = {
  keeps: ["plan.capture"],
  collection: ["plan.capture.collection"],
  description: ["plan.description"],
  starts: ["plan.starts_at"],
  ends: ["plan.ends_at"],
  budget: ["plan.budget_posts", "plan.budget_usd"],
  unit: ["plan.budget_posts", "plan.budget_usd"],
  machine: ["plan.machine"],
  priority: ["plan.priority"],
  minutes: ["plan.capture.minute_interval"],
  timefmt: ["plan.capture.filename_timefmt"],
  extension: ["plan.capture.extension"],
  compression: ["plan.capture.compression"],
  onDeletion: ["plan.capture.on_deletion"],
  taggers: ["plan.taggers"],
  backfill: ["plan.backfill"],
  instance: ["plan.instance"],
  local: ["plan.local"],
};

export const NO_PLAN: Plan = {
  description: "",
  capture: null,
  starts_at: null,
  ends_at: null,
  budget_posts: null,
  budget_usd: null,
  machine: null,
  priority: 0,
  replay: null,
  taggers: [],
  backfill: false,
  instance: null,
  local: false,
};

const typed = (value: number | string | null): string => (value === null ? "" : String(value));

export function planDraftOf(plan: Plan): PlanDraft {
  const { capture } = plan;
  const isUsd = plan.budget_posts === null && plan.budget_usd !== null;
  return {
    keeps: capture !== null,
    collection: capture?.collection ?? "",
    description: plan.description,
    starts: localOf(plan.starts_at),
    ends: localOf(plan.ends_at),
    budget: typed(isUsd ? plan.budget_usd : plan.budget_posts),
    unit: isUsd ? "usd" : "posts",
    machine: plan.machine ?? "",
    priority: String(plan.priority),
    minutes: typed(capture?.minute_interval ?? null),
    timefmt: capture?.filename_timefmt ?? "",
    extension: capture?.extension ?? "",
    compression: capture?.compression ?? "",
    onDeletion: capture?.on_deletion ?? "redact",
    taggers: plan.taggers,
    backfill: plan.backfill,
    instance: typed(plan.instance),
    local: plan.local,
  };
}

/** A number as typed, with the signs that people put in it; a text that is none stays, to be refused. */
export function numberOf(text: string): number | null {
  const bare = text.replace(/[\s,_$]/g, "");
  return bare === "" ? null : Number(bare);
}

/** The plan that was typed, but for what no form knows of. */
export function planFrom(draft: PlanDraft): Omit<Plan, "replay"> {
  const budget = numberOf(draft.budget);
  return {
    description: draft.description.trim(),
    capture: draft.keeps ? captureOf(draft) : null,
    starts_at: momentOf(draft.starts),
    ends_at: momentOf(draft.ends),
    budget_posts: draft.unit === "posts" ? budget : null,
    budget_usd: draft.unit === "usd" ? budget : null,
    machine: draft.machine || null,
    priority: numberOf(draft.priority) ?? 0,
    taggers: draft.taggers,
    backfill: draft.backfill,
    instance: draft.instance ? Number(draft.instance) : null,
    local: draft.local,
  };
}

function captureOf(draft: PlanDraft): Capture {
  return {
    collection: draft.collection.trim(),
    minute_interval: numberOf(draft.minutes),
    filename_timefmt: draft.timefmt.trim() || null,
    extension: draft.extension.trim() || null,
    compression: (draft.compression || null) as Capture["compression"],
    on_deletion: draft.onDeletion,
  };
}

/**
 * What of the plan differs; undefined when nothing does. A plan with both budgets keeps the one
 * that the form does not show, unless a budget was typed.
 */
export function planChange(draft: PlanDraft, plan: Plan): Partial<Plan> | undefined {
  const before = planFrom(planDraftOf(plan));
  const changed = Object.entries(planFrom(draft)).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof typeof before]),
  );
  return changed.length ? (Object.fromEntries(changed) as Partial<Plan>) : undefined;
}

/** What is wrong with what was typed, by the field of the API, before it is sent. */
export function planFault(draft: PlanDraft): { field: string; message: string } | null {
  for (const [field, text] of [["plan.starts_at", draft.starts], ["plan.ends_at", draft.ends]] as const) {
    const message = localFault(text);
    if (message) return { field, message };
  }
  const budget = draft.unit === "usd" ? "plan.budget_usd" : "plan.budget_posts";
  const numbers: [string, string, boolean][] = [
    [budget, draft.budget, draft.unit === "usd"],
    ["plan.priority", draft.priority, false],
    ["plan.capture.minute_interval", draft.keeps ? draft.minutes : "", false],
  ];
  for (const [field, text, mayBeBroken] of numbers) {
    const value = numberOf(text);
    if (value === null) continue;
    if (!Number.isFinite(value)) return { field, message: "This is not a number." };
    if (!mayBeBroken && !Number.isInteger(value)) return { field, message: "This is not a whole number." };
  }
  return null;
}
