/** Gaps in words: why nobody listened. The reasons are codes of the collector's faults. */

const REASONS: Record<string, string> = {
  disconnected: "The connection to X was lost.",
  unreachable: "X could not be reached.",
  upstream_error: "X answered with an error.",
  rate_limited: "X asked to wait.",
  usage_cap: "X’s usage cap was reached.",
  too_many_connections: "X still counted an older connection.",
  no_rules: "X had no rules of ours yet.",
  machine_away: "Its machine stayed away, and another took over.",
  cut_off: "The machine lost touch with this server.",
  collector_restarted: "The collector was restarted.",
  agent_restarted: "The agent on the client’s machine was restarted.",
  writer_died: "The program that wrote the file ended before it was closed.",
  disk_failed: "The disk refused to write.",
  disk_full: "The disk was full.",
  almost_silent: "In doubt: connected, but almost nothing arrived. Nothing proves that all posts came.",
};

/** Whether it is no gap but a doubt: Weir listened, and almost nothing arrived. */
export const isDoubt = ({ reason }: { reason: string }): boolean => reason === "almost_silent";

/** A reason as a sentence; a code that is not known here is told as it is. */
export const reasonOf = (code: string): string =>
  REASONS[code] ?? `Nobody listened: ${code.replaceAll("_", " ")}.`;
