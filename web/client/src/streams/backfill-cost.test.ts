import { expect, test } from "vitest";
import { backfillCost } from "./backfill-cost";

const X = {
  name: "x",
  title: "X",
  has_places: true,
  can_try: true,
  post_usd: 0.005,
  can_backfill: true,
};
const estimate = (rate: number, waiting_ms: number) => ({
  ...{ can: true, on: false, posts_per_hour: 0, usd_per_hour: 0, waiting_posts: 0, waiting_usd: 0 },
  rate,
  waiting_ms,
});

test.each([
  [0, "Each post costs $0.005; none arrive at the moment."],
  [2, "An hour of gap at the current rate: at most about 7,200 posts, $36.00."],
  [999, "An hour of gap at the current rate: at most about 900,000 posts, $4,500."],
  [undefined, "Each post costs $0.005; try it to see how many come."],
])("the cost of an hour of gap is said beforehand, at %s posts a second", (tried, words) => {
  expect(backfillCost(X, { tried })).toContain(words);
});

test("the cost of the gaps that wait is said, too", () => {
  const words = "36.00. 20 min of gaps wait now: at most about 2,400 posts, $12.00.";
  expect(backfillCost(X, { estimate: estimate(2, 1_200_000) })).toContain(words);
  expect(backfillCost(X, { estimate: estimate(2, 0) })).not.toContain("wait");
});

test("there is nothing to switch on where a platform has no search for gaps", () => {
  expect(backfillCost({ ...X, can_backfill: false }, { tried: 2 })).toBeNull();
  expect(backfillCost(undefined, { tried: 2 })).toBeNull();
});
