/** History: counts over time of all that is shown, and the gaps in it. */
import { signal } from "@preact/signals";
import type { Gap } from "../shared/api";
import * as api from "../shared/api";
import { now } from "../shared/clock";
import * as features from "../app/server-features";
import * as filters from "./filters";
import * as live from "./live";
import { binPosts, emptyBins, type Bins, type Step } from "./series";

const WEEK_MS = 7 * 86_400_000;
const LAG_MS = 60_000;

export const step = signal<Step>("second");
/** Rises when older counts were read. */
export const read = signal(0);

/**
 * Count what is shown: every post, or those in memory that pass a filter finer than the label.
 * While the page is paused, that is what had come by then.
 */
export function bins(of: Step): Bins {
  const pausedAt = live.pausedAt.peek();
  // The second in which the page was paused is over: it is shown, too.
  const made = emptyBins(of, (pausedAt === null ? now() : pausedAt + 1000) / 1000);
  if (filters.isFine.peek()) {
    const passes = filters.matcher({ ...filters.choice.peek(), moment: null });
    binPosts(made, [...live.memory.newest()].filter((post) => !passes || passes(post)));
  } else {
    for (const series of live.shownSeries()) series.addTo(made);
  }
  return made;
}

export const gaps = (): Gap[] => [...live.subscriptions.values()].flatMap((subscription) => subscription.gaps);

/** Read what the server remembers by minute, and the gaps it knows of. */
export async function readOlder(): Promise<void> {
  const until = Math.round(now()) + LAG_MS;
  await Promise.all(
    [...live.subscriptions.values()].map(async (subscription) => {
      const since = until - WEEK_MS + 2 * LAG_MS;
      const { items } = await api.minutes(subscription.id, since, until);
      subscription.series.remember(items);
      if (features.hasGaps.peek()) subscription.gaps = (await api.gaps(subscription.id, since, until)).items;
    }),
  );
  read.value++;
}
