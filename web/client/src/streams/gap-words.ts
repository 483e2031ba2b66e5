/** Gaps in words: why Weir was not connected, and what was filled. Reasons are codes of the collector's faults. */
import type { Gap } from "../shared/api";
import { count } from "../shared/format";

type FilledGap = Pick<Gap, "state" | "posts" | "missing">;

const REASONS: Record<string, string> = {
  disconnected: "The connection to X was lost.",
  unreachable: "X could not be reached.",
  upstream_error: "X answered with an error.",
  rate_limited: "X asked to wait.",
  usage_cap: "X’s usage cap was reached.",
  too_many_connections: "X still counted an older connection.",
  no_rules: "X had no rules of ours yet.",
  machine_away: "Its machine was unreachable, and another took over.",
  cut_off: "The machine lost its connection to this server.",
  collector_restarted: "The collector was restarted.",
  agent_restarted: "The agent on the client’s machine was restarted.",
  writer_died: "The program that wrote the file ended before closing it.",
  disk_failed: "The disk refused to write.",
  disk_full: "The disk was full.",
  almost_silent: "In doubt: connected, but almost nothing arrived. There is no proof that all posts came.",
};

/** Whether it is no gap but a doubt: Weir listened, and almost nothing arrived. */
export const isDoubt = ({ reason }: { reason: string }): boolean => reason === "almost_silent";

const MISSING: Record<string, string> = {
  reposts: "reposts, which search does not bring",
  deleted_since: "posts deleted since",
  too_old: "what is older than the search reaches",
  budget_spent: "the rest, because the budget was used up",
  quota_spent: "the rest, because a limit was reached",
  no_query: "all of it, because the filter cannot be searched for",
  other_sources: "posts of the other platforms, which are not searched",
};
const REFUSED = "the rest, because X refused the search";

/** What became of filling a gap, as a sentence; null while no search has begun. */
export function fillOf({ state = "open", posts = 0, missing = [] }: FilledGap): string | null {
  if (state === "open") return null;
  const brought = `${count(posts)} ${posts === 1 ? "post" : "posts"}`;
  if (state === "filling") return `Being filled: ${brought} so far.`;
  const lacks = missing.map((code) => MISSING[code] ?? `${REFUSED} (${code.replaceAll("_", " ")})`);
  const without = lacks.length ? ` Missing: ${lacks.join("; ")}.` : "";
  if (state === "filled") return `Filled afterwards with ${brought}.${without}`;
  if (state === "partly") return `Filled in part, with ${brought}.${without}`;
  return `It could not be filled.${without}`;
}

/** A reason as a sentence about a platform; an unknown code stays as it is. */
export const reasonOf = (code: string, platform = "X"): string =>
  REASONS[code]?.replace(/\bX\b/g, platform) ?? `Not connected: ${code.replaceAll("_", " ")}.`;
