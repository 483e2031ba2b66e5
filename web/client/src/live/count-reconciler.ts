/** Counts by label of the streams that are shown, kept true to the totals of the server. */
import type { Label, Totals } from "../shared/api";
import { LABELS } from "../shared/labels";

const none = (): Record<Label, number> => ({ negative: 0, neutral: 0, positive: 0, unknown: 0 });

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

  see(label: Label): void {
    this.counted[label]++;
  }

  leaveOut(posts: number): void {
    this.unlabelled += posts;
  }

  /** Give back, by label, the posts left out that these totals let us name. */
  settle(totals: Totals): [Label, number][] {
    if (this.unlabelled === 0) return [];
    const ahead = LABELS.map((label) => Math.max(0, totals[label] - this.counted[label]));
    const all = ahead.reduce((sum, n) => sum + n, 0);
    const share = all > this.unlabelled ? this.unlabelled / all : 1;
    const named: [Label, number][] = LABELS.map((label, i) => [
      label,
      Math.floor((ahead[i] ?? 0) * share),
    ]);
    for (const [label, n] of named) {
      this.counted[label] += n;
      this.unlabelled -= n;
    }
    return named.filter(([, n]) => n > 0);
  }
}

function pick(totals: Totals): Record<Label, number> {
  const { negative, neutral, positive, unknown } = totals;
  return { negative, neutral, positive, unknown };
}

export const sum = (all: Iterable<Totals>): Totals => {
  const total: Totals = { posts: 0, ...none() };
  for (const each of all) {
    total.posts += each.posts;
    for (const label of LABELS) total[label] += each[label];
  }
  return total;
};
