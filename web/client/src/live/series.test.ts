import { describe, expect, test } from "vitest";
import { LABELS } from "../shared/labels";
import { post } from "../shared/sample-posts";
import { Series, binPosts, emptyBins, type Bins, type Step } from "./series";

const NOW = 1_700_000_000 - (1_700_000_000 % 3600) + 1800;
const second = (at: number, positive: number) => ({
  at,
  positive,
  neutral: 0,
  negative: 0,
  unknown: 0,
});
const bins = (series: Series, step: Step, now = NOW): Bins => {
  const made = emptyBins(step, now);
  series.addTo(made);
  return made;
};
const positives = (made: Bins): number[] => Array.from(made.counts[LABELS.indexOf("positive")] ?? []);
const sum = (numbers: number[]): number => numbers.reduce((all, n) => all + n, 0);

describe("a series", () => {
  test("shows what the server counted, in its second", () => {
    const series = new Series();
    series.cover([second(NOW - 5, 3)], NOW, 600);
    const made = bins(series, "second");
    expect(positives(made)[NOW - 5 - made.from]).toBe(3);
    expect(sum(positives(made))).toBe(3);
  });

  test("adds what comes after", () => {
    const series = new Series();
    series.cover([second(NOW - 1, 3)], NOW, 600);
    series.add(NOW - 1, "positive", 2);
    expect(sum(positives(bins(series, "second")))).toBe(5);
  });

  test("takes the server's word for what it counted again", () => {
    const series = new Series();
    series.cover([second(NOW - 5, 3)], NOW, 600);
    series.add(NOW - 1, "positive", 2);
    series.cover([second(NOW - 5, 3), second(NOW - 1, 7)], NOW, 600);
    expect(sum(positives(bins(series, "second")))).toBe(10);
  });

  test("joins minutes of old with seconds of now, counting none twice", () => {
    const series = new Series();
    const minute = Math.floor(NOW / 60) * 60;
    series.cover([second(NOW - 5, 3)], NOW, 600);
    series.remember([
      { ...second(0, 5), at: (minute - 3600) * 1000 },
      { ...second(0, 99), at: minute * 1000 },
    ]);
    const shown = positives(bins(series, "minute"));
    expect(sum(shown)).toBe(8);
    expect(shown.at(-61)).toBe(5);
    expect(sum(positives(bins(series, "hour")))).toBe(8);
  });

  test("forgets seconds after an hour and knows them by minute still", () => {
    const series = new Series();
    series.cover([second(NOW, 4)], NOW, 600);
    const later = NOW + 4000;
    series.add(later, "positive", 1);
    expect(sum(positives(bins(series, "second", later + 1)))).toBe(1);
    series.remember([{ ...second(0, 4), at: Math.floor(NOW / 60) * 60_000 }]);
    expect(sum(positives(bins(series, "hour", later)))).toBe(5);
  });

  test("that was copied stays as it was, in whatever step", () => {
    const series = new Series();
    series.cover([second(NOW - 5, 3)], NOW, 600);
    const copy = series.copy();
    series.add(NOW - 5, "positive", 2);
    for (const step of ["second", "minute", "hour"] as const) {
      expect([series, copy].map((each) => sum(positives(bins(each, step))))).toEqual([5, 3]);
    }
  });

  test("moves a post to another kind in its minute of old, and never below nothing", () => {
    const series = new Series();
    const minute = Math.floor(NOW / 60) * 60 - 3600;
    series.cover([second(NOW - 5, 3)], NOW, 600);
    series.remember([{ ...second(0, 1), at: minute * 1000 }]);
    for (let times = 0; times < 2; times++) series.move(minute + 7, "positive", "neutral");
    const made = bins(series, "minute");
    expect(sum(positives(made))).toBe(3);
    expect(sum(Array.from(made.counts[LABELS.indexOf("neutral")] ?? []))).toBe(1);
  });

  test("nothing is shown where nothing was counted", () => {
    expect(sum(positives(bins(new Series(), "minute")))).toBe(0);
  });
});

test("posts fall into the bins of their receipt", () => {
  const made = emptyBins("minute", NOW);
  const inside = { received_at: (made.from + 61) * 1000, label: "positive" } as const;
  binPosts(made, [post(1, inside), post(2, { ...inside, received_at: 0 })]);
  expect(positives(made)[1]).toBe(1);
  expect(sum(positives(made))).toBe(1);
});

test("a post that was fetched after a gap counts when it was written", () => {
  const made = emptyBins("minute", NOW);
  const late = { received_at: NOW * 1000, counted_at: (made.from + 61) * 1000, label: "positive" } as const;
  binPosts(made, [post(1, { ...late, backfilled: true })]);
  expect(positives(made)[1]).toBe(1);
  expect(sum(positives(made))).toBe(1);
});

test("what is older than the seconds that are kept takes the place of none of them", () => {
  const series = new Series();
  series.cover([], NOW, 600);
  series.add(NOW - 5, "positive", 2);
  series.add(NOW - 5 - 3600, "positive", 1);
  expect(sum(positives(bins(series, "minute")))).toBe(2);
});
