/** Series: how many posts of each label, and without one, a stream had, by second for an hour and by minute before. */
import type { Minute, Post } from "../shared/api";
import { COUNT_KINDS, countKind, type CountKind } from "../shared/labels";

export interface Second {
  at: number;
  negative: number;
  neutral: number;
  positive: number;
  unknown: number;
  not_labelled?: number;
}

export type Step = "second" | "minute" | "hour";
export const STEP_SECONDS: Record<Step, number> = { second: 1, minute: 60, hour: 3600 };
/** How many steps a chart shows: three minutes, three hours, a week. */
export const STEPS_SHOWN: Record<Step, number> = { second: 180, minute: 180, hour: 168 };

const KEPT_SECONDS = 3600;
const WIDTH = COUNT_KINDS.length;

/** Counts of `n` steps from `from` (seconds since the epoch); one array a kind, in COUNT_KINDS' order. */
export interface Bins {
  from: number;
  step: number;
  n: number;
  counts: Float64Array[];
}

export function emptyBins(step: Step, now: number, n = STEPS_SHOWN[step]): Bins {
  const size = STEP_SECONDS[step];
  // The second that is under way would always look like a slump; a minute is worth its beginning.
  const last = Math.floor(now / size) * size - (step === "second" ? 1 : 0);
  const counts = COUNT_KINDS.map(() => new Float64Array(n));
  return { from: last - (n - 1) * size, step: size, n, counts };
}

/** When a post counts, in ms: at its receipt, or when it was written if that filled a gap. */
export const countedAt = (post: Post): number => post.counted_at ?? post.received_at;

/** Count posts into bins by the time at which they count. */
export function binPosts(bins: Bins, posts: Iterable<Post>): void {
  for (const post of posts) {
    const i = Math.floor((countedAt(post) / 1000 - bins.from) / bins.step);
    const row = bins.counts[COUNT_KINDS.indexOf(countKind(post))];
    if (row && i >= 0 && i < bins.n) row[i] = (row[i] ?? 0) + 1;
  }
}

export class Series {
  private readonly seconds = new Float64Array(KEPT_SECONDS * WIDTH);
  private readonly stamps = new Float64Array(KEPT_SECONDS).fill(-1);
  private readonly minutes = new Map<number, Float64Array>();
  /** Whole from this second on; before it, only `minutes` knows. */
  private coveredFrom = Infinity;

  /** Take what the server counted in the `span` seconds up to `now`, in place of what is here. */
  cover(counted: readonly Second[], now: number, span: number): void {
    const from = now - span + 1;
    for (let second = from; second <= now; second++) this.slot(second).fill(0);
    for (const each of counted) {
      const row = this.slot(each.at);
      COUNT_KINDS.forEach((kind, i) => (row[i] = each[kind] ?? 0));
    }
    this.coveredFrom = from;
  }

  /** Count posts of one kind in a second; those of more than an hour ago are the server's to count. */
  add(second: number, kind: CountKind, posts: number): void {
    if ((this.stamps[second % KEPT_SECONDS] ?? 0) > second) return;
    const row = this.slot(second);
    const i = COUNT_KINDS.indexOf(kind);
    row[i] = (row[i] ?? 0) + posts;
  }

  /** Count a post of about this second as another kind; nothing changes where none is near. */
  move(second: number, from: CountKind, to: CountKind): void {
    const [i, j] = [COUNT_KINDS.indexOf(from), COUNT_KINDS.indexOf(to)];
    const rows = [0, -1, 1, -2, 2].map((by) => second + by);
    const near = rows.filter((at) => this.stamps[at % KEPT_SECONDS] === at).map((at) => this.slot(at));
    const minute = second < this.coveredFrom ? this.minutes.get(Math.floor(second / 60)) : undefined;
    const row = [...(minute ? [minute] : []), ...near].find((each) => (each[i] ?? 0) > 0);
    if (!row) return;
    row[i] = (row[i] ?? 0) - 1;
    row[j] = (row[j] ?? 0) + 1;
  }

  /** Take counts by minute; a minute given again is replaced. */
  remember(minutes: readonly Minute[]): void {
    for (const each of minutes) {
      this.minutes.set(each.at / 60_000, Float64Array.from(COUNT_KINDS, (kind) => each[kind] ?? 0));
    }
  }

  /** A series that stays as this one is now. */
  copy(): Series {
    const made = new Series();
    made.seconds.set(this.seconds);
    made.stamps.set(this.stamps);
    for (const [minute, row] of this.minutes) made.minutes.set(minute, row);
    made.coveredFrom = this.coveredFrom;
    return made;
  }

  /** Add this series to bins. */
  addTo(bins: Bins): void {
    const end = bins.from + bins.n * bins.step;
    const covered = this.coveredSince(end);
    const whole = bins.step === 1 ? covered : Math.ceil(covered / 60) * 60;
    if (bins.step >= 60) {
      for (const [minute, row] of this.minutes) {
        if (minute * 60 < whole) put(bins, minute * 60, row);
      }
    }
    for (let second = Math.max(bins.from, whole); second < end; second++) {
      const slot = second % KEPT_SECONDS;
      if (this.stamps[slot] === second) {
        put(bins, second, this.seconds.subarray(slot * WIDTH, (slot + 1) * WIDTH));
      }
    }
  }

  /** The first second from which the counts by second are whole. */
  private coveredSince(end: number): number {
    return Math.max(this.coveredFrom, end - KEPT_SECONDS);
  }

  private slot(second: number): Float64Array {
    const slot = ((second % KEPT_SECONDS) + KEPT_SECONDS) % KEPT_SECONDS;
    const row = this.seconds.subarray(slot * WIDTH, (slot + 1) * WIDTH);
    if (this.stamps[slot] !== second) {
      this.stamps[slot] = second;
      row.fill(0);
    }
    return row;
  }
}

function put(bins: Bins, second: number, row: Float64Array): void {
  const i = Math.floor((second - bins.from) / bins.step);
  if (i < 0 || i >= bins.n) return;
  bins.counts.forEach((counts, label) => (counts[i] = (counts[i] ?? 0) + (row[label] ?? 0)));
}
