import { expect, test } from "vitest";
import { overlap } from "./gaps";

const gap = (from: number, to: number | null) => ({ from, to, reason: "disconnected" });

test.each([
  ["nothing", [], 0],
  ["a gap before the span", [gap(0, 100)], 0],
  ["a gap inside", [gap(120, 150)], 30],
  ["a gap that lasts", [gap(180, null)], 20],
  ["a gap around it all", [gap(0, 900)], 100],
  ["two that overlap, counted once", [gap(140, 160), gap(120, 150)], 40],
])("%s covers so much of a span from 100 to 200", (_, gaps, covered) => {
  expect(overlap(gaps, 100, 200)).toBe(covered);
});
