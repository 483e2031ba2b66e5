import { expect, test } from "vitest";
import { DEVICES } from "../shared/devices";
import { matcher, toggled, type Choice } from "./filters";
import { LABELS } from "../shared/labels";
import { post } from "../shared/sample-posts";

const all: Choice = { labels: new Set(LABELS), devices: new Set(DEVICES), speed: null, text: "", moment: null, others: {} };
const joy = { label: "joy", path: "joy", confidence: 0.6, model: "1.a" };
const passes = (part: Partial<Choice>, which: Parameters<typeof post>[1]): boolean =>
  matcher({ ...all, ...part })?.(post(1, which)) ?? true;

test("with nothing chosen there is no test to make", () => {
  expect(matcher(all)).toBeNull();
});

test.each([
  [{ labels: new Set(["positive"] as const) }, { label: "positive" }, true],
  [{ labels: new Set(["positive"] as const) }, { label: "negative" }, false],
  [{ devices: new Set(["web"] as const) }, { source: "web" }, true],
  [{ devices: new Set(["web"] as const) }, { source: "iphone" }, false],
  [{ speed: "accurate" }, { model: "accurate.1.0a" }, true],
  [{ speed: "accurate" }, { model: "1.0a" }, false],
  [{ speed: "fast" }, { model: "1.0a" }, true],
  [{ speed: "fast" }, { label: "unknown", model: null }, false],
  [{ text: "RAIN" }, { text: "It rains again" }, true],
  [{ text: "(a+" }, { text: "sum (a+b)" }, true],
  [{ text: "(a+" }, { text: "aaa" }, false],
  [{ text: "ada" }, { text: "nothing" }, true],
  [{ text: "ÅSE" }, { text: "till åsen" }, true],
  [{ others: { emotion: "joy" } }, { labels: { emotion: joy } }, true],
  [{ others: { emotion: "anger" } }, { labels: { emotion: joy } }, false],
  [{ others: { emotion: "joy" } }, {}, false],
  [{ moment: { from: 5, to: 10 } }, { received_at: 5 }, true],
  [{ moment: { from: 5, to: 10 } }, { received_at: 10 }, false],
] as const)("%o lets %o pass: %s", (choice, which, expected) => {
  expect(passes(choice, which)).toBe(expected);
});

test("taking the last one out brings all back", () => {
  expect(toggled(new Set([1]), 1, [1, 2])).toEqual(new Set([1, 2]));
  expect(toggled(new Set([1, 2]), 1, [1, 2])).toEqual(new Set([2]));
  expect(toggled(new Set([2]), 1, [1, 2])).toEqual(new Set([1, 2]));
});
