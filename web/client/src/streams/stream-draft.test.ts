import { expect, test } from "vitest";
import type { Stream } from "../shared/api";
import { EMPTY, asksForHashtagsOnly, changeOf, draftOf, hasPlaces, likeness, filterOf, keywordsOf, toggled } from "./stream-draft";
import { NO_PLAN } from "../collections/plan-draft";

const stream = (filter: Partial<Stream["filter"]>): Stream => ({
  id: "a",
  name: "rain",
  source: "x",
  sources: ["x"],
  filter: { word: "rain", keywords: ["storm", "hail"], languages: ["en"], place: null, ...filter },
  plan: NO_PLAN,
  simulated: false,
  client: null,
  warnings: [],
  placed_on: null,
  wanted: "running",
  generation: 1,
  created_at: 0,
  changed_at: 0,
  status: { state: "running", rate: 0, lag_ms: 0, fault: null, note: null, since: null },
  totals: { posts: 0, negative: 0, neutral: 0, positive: 0, unknown: 0 },
});
const london = { name: "London", box: [-1, 51, 1, 52], country: "GB", is_country: false } as const;
const drawn = { name: "x", box: [0, 1, 2, 3], country: null, is_country: false } as const;

test("keywords are parted by commas and lines", () => {
  expect(keywordsOf(" rain,hail\n\nheavy snow ,")).toEqual(["rain", "hail", "heavy snow"]);
});

test.each([stream({}), stream({ place: london }), stream({ place: drawn })])(
  "a draft that was not touched changes nothing",
  (known) => {
    expect(changeOf(draftOf(known), known)).toBeUndefined();
  },
);

test("only what was changed is sent", () => {
  const known = stream({ place: london });
  expect(changeOf({ ...draftOf(known), word: "snow" }, known)).toEqual({ word: "snow" });
  expect(changeOf({ ...draftOf(known), place: " " }, known)).toEqual({ place: null });
});

test("a drawn box goes before a name", () => {
  expect(filterOf({ ...EMPTY, place: "Rome", box: [0, 1, 2, 3] }).place).toMatchObject({
    box: [0, 1, 2, 3],
  });
});

test("a likeness looks for the same and takes neither the collection nor the times", () => {
  const known = stream({ place: london });
  const draft = likeness({ ...known, plan: { ...known.plan, starts_at: 0, ends_at: 60_000 } });
  expect(filterOf(draft)).toEqual(filterOf(draftOf(known)));
  expect(draft.plan).toMatchObject({ collection: "", starts: "", ends: "" });
});

test("platforms are chosen one by one, and one always stays", () => {
  expect(toggled(["x"], "bluesky")).toEqual(["x", "bluesky"]);
  expect(toggled(["x", "bluesky"], "x")).toEqual(["bluesky"]);
  expect(toggled(["bluesky"], "bluesky")).toEqual(["bluesky"]);
  expect(hasPlaces({ ...EMPTY, sources: ["x", "bluesky"] })).toBe(true);
});

test("hashtags alone are recognised", () => {
  expect(asksForHashtagsOnly({ ...EMPTY, word: "#rain", keywords: "#snow" })).toBe(true);
  expect(asksForHashtagsOnly({ ...EMPTY, word: "#rain", keywords: "snow" })).toBe(false);
  expect(asksForHashtagsOnly(EMPTY)).toBe(false);
});
