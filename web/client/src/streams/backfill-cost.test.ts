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

test.each([
  [0, "At most about 0 posts, $0.00, per hour of gap at the present rate."],
  [2, "At most about 7,200 posts, $36.00, per hour of gap at the present rate."],
  [999, "At most about 900,000 posts, $4,500, per hour of gap at the present rate."],
  [undefined, "Each post costs $0.005; try it to see how many come."],
])("the cost of an hour of gap is said beforehand, at %s posts a second", (rate, words) => {
  expect(backfillCost(X, rate)).toContain(words);
});

test("there is nothing to switch on where a platform has no search for gaps", () => {
  expect(backfillCost({ ...X, can_backfill: false }, 2)).toBeNull();
  expect(backfillCost(undefined, 2)).toBeNull();
});
