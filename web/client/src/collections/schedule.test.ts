import { expect, test } from "vitest";
import { NO_PLAN } from "./plan-draft";
import { next } from "./schedule";

const NOW = Date.UTC(2026, 10, 22, 4);
const HOUR = 3_600_000;

test.each([
  ["stopped", NOW + HOUR, null, null],
  ["running", null, null, null],
  ["running", NOW + 2 * HOUR, NOW + 9 * HOUR, /^Starts .*, in 2 h$/],
  ["running", NOW - HOUR, NOW + 3 * HOUR, /^Ends .*, in 3 h$/],
  ["running", null, NOW - HOUR, /^Ended /],
] as const)("a stream that is %s, from %s until %s", (wanted, starts_at, ends_at, expected) => {
  const told = next({ wanted, plan: { ...NO_PLAN, starts_at, ends_at } }, NOW);
  if (expected === null) expect(told).toBe(null);
  else expect(told).toMatch(expected);
});
