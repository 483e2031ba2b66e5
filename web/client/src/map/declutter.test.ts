import { expect, test } from "vitest";
import { seen } from "./declutter";

const of = (...places: ([number, number] | null)[]): number[] =>
  Array.from(seen(places.length, (i) => places[i] ?? null, 4, 100, 50));

test("of many marks on one spot the newest two are drawn", () => {
  expect(of([5, 5], [5, 5], [6, 6], [7, 7])).toEqual([0, 0, 1, 1]);
});

test("marks apart are all drawn", () => {
  expect(of([5, 5], [15, 5], [100, 50], [0, 0])).toEqual([1, 1, 1, 1]);
});

test("marks that are hidden or outside are not", () => {
  expect(of(null, [-1, 5], [5, 51], [101, 0])).toEqual([0, 0, 0, 0]);
});
