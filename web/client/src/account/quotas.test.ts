import { expect, test } from "vitest";
import { amount, limitOf } from "./quotas";

test("an amount is written in its unit", () => {
  expect(amount(1234, "posts")).toBe("1,234");
  expect(amount(1234, "usd")).toContain("$");
  expect(amount(10 * 2 ** 30, "bytes")).toContain("GiB");
});

test.each([
  ["", null],
  [" 1,000 ", 1000],
  ["0.5", 0.5],
  ["-1", undefined],
  ["many", undefined],
] as const)("%s is the limit %s", (typed, expected) => {
  expect(limitOf(typed)).toBe(expected);
});
