/** What filling the gaps of a stream costs, said before it is switched on. */
import type { BackfillEstimate, Source } from "../shared/api";
import { duration, money, posts } from "../shared/format";

/** Posts a second that X delivers to a stream at most. */
const MOST_PER_SECOND = 250;

interface Known {
  /** Posts a second, as a trial found. */
  tried?: number | null | undefined;
  /** What the server says of a stream that runs. */
  estimate?: BackfillEstimate | null;
}

/** Null where the platform has no search for gaps. */
export function backfillCost(source: Source | undefined, { tried, estimate }: Known): string | null {
  if (!source?.can_backfill) return null;
  const what =
    `Weir searches ${source.title} for the posts of gaps of the last seven days, within the budget. ` +
    `Reposts are not found.`;
  const rate = tried ?? estimate?.rate;
  const waiting = estimate?.waiting_ms ? ` ${duration(estimate.waiting_ms)} of gaps wait now` : "";
  if (!rate) {
    const known = rate === 0 ? "none arrive at the moment" : "try it to see how many come";
    return `${what} Each post costs $${source.post_usd}; ${known}.${waiting && `${waiting}.`}`;
  }
  const atMost = (ms: number): string => {
    const n = Math.round((Math.min(rate, MOST_PER_SECOND) * ms) / 1000);
    return `at most about ${posts(n)}, ${money(n * source.post_usd)}`;
  };
  const hour = `An hour of gap at the current rate: ${atMost(3_600_000)}.`;
  return `${what} ${hour}${waiting && `${waiting}: ${atMost(estimate?.waiting_ms ?? 0)}.`}`;
}
