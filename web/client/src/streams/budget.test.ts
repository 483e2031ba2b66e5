import { expect, test } from "vitest";
import { inWords, meterOf, mostPosts, usedInWords } from "./budget";

const PRICE = 0.005;

test.each([
  [null, null, null],
  [25, null, 25],
  [null, 500, 100_000],
  [null, 0.015, 3],
  [100, 0.25, 50],
  [10, 500, 10],
])("a budget of %s posts and %s dollars allows %s posts", (budget_posts, budget_usd, expected) => {
  expect(mostPosts({ budget_posts, budget_usd }, PRICE)).toBe(expected);
});

test.each([
  [null, null, "none"],
  [2000, null, "2,000 posts, at most $10.00"],
  [null, 500, "$500, which is 100,000 posts"],
  [10, 500, "$500 or 10 posts, whichever comes first"],
])("a budget of %s posts and %s dollars reads %s", (budget_posts, budget_usd, expected) => {
  expect(inWords({ budget_posts, budget_usd }, PRICE)).toBe(expected);
});

test("a meter tells what was used, in posts and in dollars", () => {
  const budget = { budget_posts: 100, budget_usd: null };
  const meter = meterOf(budget, 40, PRICE);
  expect(meter).toEqual({ used: 40, most: 100, isSpent: false });
  expect(meter && usedInWords(meter, PRICE)).toEqual({
    posts: "40 of 100 posts",
    usd: "$0.20 of $0.50",
  });
  expect(meterOf(budget, 100, PRICE)?.isSpent).toBe(true);
  expect(meterOf({ budget_posts: null, budget_usd: null }, 40, PRICE)).toBe(null);
});
