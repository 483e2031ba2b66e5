import { expect, test } from "vitest";
import { fillOf } from "./gap-words";

test.each([
  [{}, null],
  [{ state: "open", posts: 0, missing: [] }, null],
  [{ state: "filling", posts: 1_200, missing: [] }, "Being filled: 1,200 posts so far."],
  [
    { state: "filled", posts: 1, missing: ["reposts", "deleted_since"] },
    "Filled afterwards with 1 post. Missing: reposts, which search does not bring; posts deleted since.",
  ],
  [
    { state: "partly", posts: 7, missing: ["budget_spent"] },
    "Filled in part, with 7 posts. Missing: the rest, because the budget was used up.",
  ],
  [
    { state: "unfillable", posts: 0, missing: ["credits_depleted"] },
    "It could not be filled. Missing: the rest, because X refused the search (credits depleted).",
  ],
] as const)("%o is said in words", (gap, words) => {
  expect(fillOf(gap)).toBe(words);
});
