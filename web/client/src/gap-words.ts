/** Gaps in words: why nobody listened. Reasons are the codes of the collector's faults. */

const REASONS: Record<string, string> = {
  disconnected: "The connection to the source was lost.",
  collector_restarted: "The collector was restarted.",
  writer_died: "The program that writes the files ended without closing this one.",
  disk_failed: "The disk refused to write.",
  disk_full: "The disk was full.",
};

/** A reason as a sentence; a code that is not known here is told as it is. */
export const reasonOf = (code: string): string =>
  REASONS[code] ?? `The source was out of reach (${code.replaceAll("_", " ")}).`;
