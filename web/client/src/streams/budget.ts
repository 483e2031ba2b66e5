/** Budgets: what a stream may read at most, and how far it has come. */
import { count, money, posts } from "../shared/format";
import { X } from "../shared/sources";
import type { Plan } from "../collections/plan";

export interface Meter {
  /** Posts that were read, and that may be read in all. */
  used: number;
  most: number;
  isSpent: boolean;
}

type Budget = Pick<Plan, "budget_posts" | "budget_usd">;

/** Whether the posts of a stream are paid for: those of X are, also through a client. */
export const isPaid = (source: string): boolean => source === X || source === "client";

/** How many posts a budget allows in all; null without one. `price` is X's, in dollars a post. */
export function mostPosts({ budget_posts, budget_usd }: Budget, price: number): number | null {
  const limits = [
    ...(budget_posts === null ? [] : [budget_posts]),
    ...(budget_usd === null ? [] : [Math.floor(budget_usd / price + 1e-9)]),
  ];
  return limits.length ? Math.min(...limits) : null;
}

export function meterOf(plan: Budget, used: number, price: number): Meter | null {
  const most = mostPosts(plan, price);
  return most === null ? null : { used, most, isSpent: used >= most };
}

/** A budget as it was set: "$500, which is 100,000 posts". */
export function inWords(plan: Budget, price: number): string {
  const { budget_posts: most, budget_usd: usd } = plan;
  const both = [usd === null ? "" : money(usd), most === null ? "" : posts(most)].filter(Boolean);
  if (!both.length) return "none";
  if (both.length > 1) return `${both.join(" or ")}, whichever comes first`;
  return usd === null
    ? `${posts(most ?? 0)}, at most ${money((most ?? 0) * price)}`
    : `${money(usd)}, which is ${posts(mostPosts(plan, price) ?? 0)}`;
}

/** How far a meter has come: "1,204 of 100,000 posts · $6.02 of $500". */
export function usedInWords({ used, most }: Meter, price: number): { posts: string; usd: string } {
  return {
    posts: `${count(used)} of ${posts(most)}`,
    usd: `${money(used * price)} of ${money(most * price)}`,
  };
}
