import { expect, test } from "vitest";
import { CountReconciler, sum } from "./count-reconciler";

const totals = (positive: number, negative: number) => ({
  posts: positive + negative,
  positive,
  negative,
  neutral: 0,
  unknown: 0,
  not_labelled: 0,
});

test("without posts left out there is nothing to settle", () => {
  const tally = new CountReconciler();
  tally.begin(totals(10, 10));
  expect(tally.settle(totals(12, 11))).toEqual([]);
});

test("the totals name the labels of posts left out", () => {
  const tally = new CountReconciler();
  tally.begin(totals(10, 10));
  tally.see("positive");
  tally.leaveOut(5);
  expect(tally.settle(totals(14, 12))).toEqual([
    ["positive", 3],
    ["negative", 2],
  ]);
  expect(tally.settle(totals(14, 12))).toEqual([]);
});

test("no more posts are named than were left out, whatever is still on its way", () => {
  const tally = new CountReconciler();
  tally.begin(totals(0, 0));
  tally.leaveOut(4);
  const named = tally.settle(totals(50, 50));
  expect(named.reduce((all, [, n]) => all + n, 0)).toBe(4);
});

test("totals add up", () => {
  expect(sum([totals(1, 2), totals(3, 4)])).toEqual(totals(4, 6));
});
