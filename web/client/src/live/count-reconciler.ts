/** Counts by label of the streams that are shown, kept true to the totals of the server. */
import type { Totals } from "../shared/api";
import { COUNT_KINDS, type CountKind } from "../shared/labels";

const none = (): Record<CountKind, number> => ({
  negative: 0,
  neutral: 0,
  positive: 0,
  unknown: 0,
  not_labelled: 0,
});

/**
 * Keeps the counts by label true to the server's totals although some posts never come.
 *
 * Posts that a viewer cap left out arrive as a bare number; their labels show when the totals that
 * the server sends once a second run ahead of what was counted here.
 */
export class CountReconciler {
  private counted = none();
  private unlabelled = 0;

  /** Begin from totals that cover everything so far. */
  begin(totals: Totals): void {
    this.counted = { ...none(), ...pick(totals) };
    this.unlabelled = 0;
  }

  see(kind: CountKind): void {
    this.counted[kind]++;
  }

  /** A post that was counted as one kind counts as another: the totals moved, too. */
  move(from: CountKind, to: CountKind): void {
    this.counted[from]--;
    this.counted[to]++;
  }

  leaveOut(posts: number): void {
    this.unlabelled += posts;
  }

  /** Give back, by label, the posts left out that these totals let us name. */
  settle(totals: Totals): [CountKind, number][] {
    if (this.unlabelled === 0) return [];
    const ahead = COUNT_KINDS.map((kind) => Math.max(0, (totals[kind] ?? 0) - this.counted[kind]));
    const all = ahead.reduce((sum, n) => sum + n, 0);
    const share = all > this.unlabelled ? this.unlabelled / all : 1;
    const named: [CountKind, number][] = COUNT_KINDS.map((kind, i) => [
      kind,
      Math.floor((ahead[i] ?? 0) * share),
    ]);
    for (const [kind, n] of named) {
      this.counted[kind] += n;
      this.unlabelled -= n;
    }
    return named.filter(([, n]) => n > 0);
  }
}

function pick(totals: Totals): Record<CountKind, number> {
  const { negative, neutral, positive, unknown, not_labelled = 0 } = totals;
  return { negative, neutral, positive, unknown, not_labelled };
}

export const sum = (all: Iterable<Totals>): Totals => {
  const total = { posts: 0, ...none() };
  for (const each of all) {
    total.posts += each.posts;
    for (const kind of COUNT_KINDS) total[kind] += each[kind] ?? 0;
  }
  return total;
};
