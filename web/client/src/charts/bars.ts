/** Bars: posts over time, made of what the server counted by minute or by day. */
import type { Gap, Minute } from "../shared/api";
import type { Bars } from "./bar-plot";
import { count, dayTime, minute, posts } from "../shared/format";
import { COUNT_KINDS } from "../shared/labels";
import { emptyBins, type Series } from "../live/series";

const DAY = 86_400;
const LEAST_DAYS = 14;
const HOUR_MINUTES = 60;

/** The minutes of the last hour, the one under way included; `now` in seconds. */
export function byMinute(series: Series, now: number): Bars {
  const bins = emptyBins("minute", now, HOUR_MINUTES);
  series.addTo(bins);
  const counts = Array.from({ length: bins.n }, (_, i) =>
    bins.counts.reduce((sum, row) => sum + (row[i] ?? 0), 0),
  );
  return { from: bins.from, step: bins.step, counts };
}

/** All days from the first with a post, or from two weeks ago, to this one; days are UTC's. */
export function byDay(days: readonly Minute[], now: number): Bars {
  const today = Math.floor(now / DAY);
  const first = Math.min(today - LEAST_DAYS + 1, ...days.slice(0, 1).map((each) => dayOf(each)));
  const counts = new Array<number>(today - first + 1).fill(0);
  for (const each of days) {
    const at = dayOf(each) - first;
    if (at < counts.length) counts[at] = COUNT_KINDS.reduce((sum, kind) => sum + (each[kind] ?? 0), 0);
  }
  return { from: first * DAY, step: DAY, counts };
}

const dayOf = ({ at }: Minute): number => Math.floor(at / 1000 / DAY);

/** When a bar begins, as people say it. */
export function momentOf({ from, step }: Bars, at: number): string {
  const ms = (from + at * step) * 1000;
  if (step < DAY) return minute(ms);
  return new Date(ms).toLocaleDateString("en-GB", { dateStyle: "medium", timeZone: "UTC" });
}

export const sumOf = ({ counts }: Bars): number =>
  Array.from(counts).reduce((sum, each) => sum + each, 0);

export const gapsIn = ({ from }: Bars, gaps: readonly Gap[]): readonly Gap[] =>
  gaps.filter((gap) => gap.to === null || gap.to / 1000 > from);

/** All of it in a sentence: "1,204 posts, at most 40 a minute (at 04:12), 2 gaps". */
export function inWords(bars: Bars, gaps: readonly Gap[]): string {
  const counts = Array.from(bars.counts);
  const most = Math.max(0, ...counts);
  const unit = bars.step < DAY ? "minute" : "day";
  const missing = gapsIn(bars, gaps).length;
  return [
    posts(sumOf(bars)),
    ...(most ? [`at most ${count(most)} a ${unit} (${momentOf(bars, counts.indexOf(most))})`] : []),
    ...(missing ? [`${count(missing)} ${missing === 1 ? "gap" : "gaps"}`] : []),
  ].join(", ");
}

/** A gap as people say it: "22 Nov, 04:00 – 04:12". */
export const spanOf = ({ from, to }: Gap): string =>
  to === null ? `Since ${dayTime(from)}` : `${dayTime(from)} – ${minute(to)}`;
