import { describe, expect, test } from "vitest";
import { emptyMap, known } from "./sources";

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
    [["bluesky", "x"], waiting],
    [["replay"], waiting],
    [["bluesky", "bluesky"], "Bluesky posts carry no place, so the map stays empty."],
    [["bluesky", "mastodon"], "Bluesky and Mastodon posts carry no place, so the map stays empty."],
  ])("for streams of %j", (sources, text) => {
    expect(emptyMap(sources)).toBe(text);
  });
});
