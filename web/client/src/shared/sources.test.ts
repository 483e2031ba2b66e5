import { describe, expect, test } from "vitest";
import { emptyMap, known, placeNote, priceNote, titlesOf, trialNote } from "./sources";

const source = (name: string, title: string, has_places: boolean) => ({
  name,
  title,
  has_places,
  can_try: false,
  post_usd: 0,
  can_backfill: false,
});

describe("what an empty map says", () => {
  known.value = [
    source("x", "X", true),
    source("bluesky", "Bluesky", false),
    source("mastodon", "Mastodon", false),
  ];
  const waiting = "Posts that tell their place appear here.";

  test.each([
    [[], waiting],
    [["x"], waiting],
    [["bluesky", "x"], "Posts that tell their place appear here; Bluesky posts carry none."],
    [["replay"], waiting],
    [["bluesky", "bluesky"], "Bluesky posts carry no place, so the map stays empty."],
    [["bluesky", "mastodon"], "Bluesky and Mastodon posts carry no place, so the map stays empty."],
  ])("for streams of %j", (sources, text) => {
    expect(emptyMap(sources)).toBe(text);
  });
});

test("what is said of several sources names each", () => {
  known.value = [
    { ...source("x", "X", true), can_try: true, post_usd: 0.005 },
    source("bluesky", "Bluesky", false),
    source("mastodon", "Mastodon", false),
  ];
  const all = ["x", "bluesky", "mastodon"];
  expect(titlesOf(all)).toBe("X, Bluesky and Mastodon");
  expect(priceNote(all)).toBe("X charges $0.005 a post. Bluesky and Mastodon posts are free.");
  expect(placeNote(all)).toBe("Bluesky and Mastodon posts carry no place: the location applies to X only.");
  expect(placeNote(["bluesky", "mastodon"])).toBeNull();
  expect(trialNote(all)).toContain("The sample is of X.");
  expect(trialNote(["x"])).toBeNull();
});
