/** Gaps: how much of a span of time they cover. */
import type { Gap } from "../shared/api";

/** Milliseconds of a span (ms since the epoch) in which at least one gap lasted. */
export function overlap(gaps: readonly Gap[], from: number, to: number): number {
  let covered = 0;
  let reached = from;
  const sorted = [...gaps].sort((one, other) => one.from - other.from);
  for (const gap of sorted) {
    const begin = Math.max(gap.from, reached);
    const end = Math.min(gap.to ?? to, to);
    if (end > begin) {
      covered += end - begin;
      reached = end;
    }
  }
  return covered;
}
