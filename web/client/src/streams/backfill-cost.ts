/** What filling the gaps of a stream costs, said before it is switched on. */
import type { Source } from "../shared/api";
import { money, posts } from "../shared/format";

/** Posts a second that X delivers to a stream at most. */
const MOST_PER_SECOND = 250;

/** `rate` is in posts a second, where it is known; null where the platform has no search for gaps. */
export function backfillCost(source: Source | undefined, rate: number | undefined): string | null {
  if (!source?.can_backfill) return null;
  const what =
    `Weir searches ${source.title} for the posts of gaps of the last seven days, within the budget. ` +
    `Reposts are not found.`;
  if (rate === undefined) return `${what} Each post costs $${source.post_usd}; try it to see how many come.`;
  const inHour = Math.round(Math.min(rate, MOST_PER_SECOND) * 3600);
  const cost = money(inHour * source.post_usd);
  return `${what} At most about ${posts(inHour)}, ${cost}, per hour of gap at the present rate.`;
}
