import { expect, test } from "vitest";
import type { Plan } from "./plan";
import {
  FIELDS,
  NO_PLAN,
  numberOf,
  planChange,
  planDraftOf,
  planFault,
  planFrom,
} from "./plan-draft";

const capture = {
  collection: "storm 2026",
  minute_interval: 5,
  filename_timefmt: null,
  extension: null,
  compression: "zstd",
  on_deletion: "mark",
} as const;
const FULL: Plan = {
  ...NO_PLAN,
  description: "for the seminar",
  capture,
  starts_at: Date.UTC(2026, 10, 22, 4, 0, 33),
  ends_at: Date.UTC(2026, 11, 1, 4),
  budget_usd: 500,
  machine: "lab-2",
  priority: 5,
};

test.each([
  NO_PLAN,
  FULL,
  { ...FULL, capture: null },
  { ...FULL, budget_posts: 10 },
  { ...FULL, budget_posts: 10, budget_usd: null },
])("a plan that was not touched changes nothing", (plan) => {
  expect(planChange(planDraftOf(plan), plan)).toBeUndefined();
});

test("only what was changed is sent", () => {
  const draft = planDraftOf(FULL);
  expect(planChange({ ...draft, budget: "1,000", unit: "posts" }, FULL)).toEqual({
    budget_posts: 1000,
    budget_usd: null,
  });
  expect(planChange({ ...draft, ends: "" }, FULL)).toEqual({ ends_at: null });
  expect(planChange({ ...draft, minutes: "10" }, FULL)).toEqual({
    capture: { ...capture, minute_interval: 10 },
  });
  expect(planChange({ ...draft, keeps: false }, FULL)).toEqual({ capture: null });
});

test("a new plan is what was typed", () => {
  const typed = { ...planDraftOf(NO_PLAN), keeps: true, collection: " rain ", budget: "$ 2.50" };
  expect(planFrom({ ...typed, unit: "usd" })).toMatchObject({
    capture: { collection: "rain", minute_interval: null, compression: null },
    budget_posts: null,
    budget_usd: 2.5,
    starts_at: null,
    priority: 0,
  });
});

test.each([
  ["", null],
  ["1,000", 1000],
  ["$1 000.50", 1000.5],
  ["-5", -5],
  ["ten", NaN],
])("%j is the number %s", (text, expected) => {
  expect(numberOf(text)).toBe(expected);
});

test.each([
  [{ budget: "many" }, "plan.budget_posts"],
  [{ budget: "1.5" }, "plan.budget_posts"],
  [{ budget: "1.5", unit: "usd" }, null],
  [{ budget: "much", unit: "usd" }, "plan.budget_usd"],
  [{ priority: "high" }, "plan.priority"],
  [{ keeps: true, minutes: "x" }, "plan.capture.minute_interval"],
  [{ keeps: false, minutes: "x" }, null],
] as const)("of %j the field at fault is %s", (part, expected) => {
  const fault = planFault({ ...planDraftOf(NO_PLAN), ...part });
  expect(fault?.field ?? null).toBe(expected);
  if (fault) expect(Object.values(FIELDS).flat()).toContain(fault.field);
});
