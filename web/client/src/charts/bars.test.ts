import { expect, test } from "vitest";
import { byDay, byMinute, gapsIn, inWords, sumOf } from "./bars";
import { Series } from "../live/series";

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22, 4, 30) / 1000;
const none = { negative: 0, neutral: 0, positive: 0, unknown: 0 };

test("the last hour has sixty minutes, of which the last is under way", () => {
  const series = new Series();
  series.remember([
    { ...none, at: NOW * 1000, positive: 1, unknown: 1, not_labelled: 1 },
    { ...none, at: NOW * 1000 - 59 * MINUTE, negative: 4 },
    { ...none, at: NOW * 1000 - 60 * MINUTE, negative: 9 },
  ]);
  const bars = byMinute(series, NOW + 7);
  expect([bars.counts.length, bars.counts[59], bars.counts[0], sumOf(bars)]).toEqual([60, 3, 4, 7]);
});

test.each([
  [[], 14],
  [[{ ...none, at: Date.UTC(2026, 10, 20), neutral: 5 }], 14],
  [[{ ...none, at: Date.UTC(2026, 8, 1), neutral: 2, not_labelled: 3 }], 83],
])("days without posts have bars of their own", (days, expected) => {
  const bars = byDay(days, NOW);
  expect(bars.counts.length).toBe(expected);
  expect(bars.from * 1000 + expected * DAY).toBe(Date.UTC(2026, 10, 23));
  expect(sumOf(bars)).toBe(days.length * 5);
});

test("the words tell the sum, the most and the gaps", () => {
  const days = [
    { ...none, at: Date.UTC(2026, 10, 20), neutral: 1200 },
    { ...none, at: Date.UTC(2026, 10, 21), neutral: 4 },
  ];
  const bars = byDay(days, NOW);
  const old = { from: 0, to: 5, reason: "disconnected" };
  const open = { from: Date.UTC(2026, 10, 21), to: null, reason: "disconnected" };
  expect(gapsIn(bars, [old, open])).toEqual([open]);
  expect(inWords(bars, [old, open])).toBe("1,204 posts, at most 1,200 a day (20 Nov 2026), 1 gap");
  expect(inWords(byDay([], NOW), [])).toBe("0 posts");
});
