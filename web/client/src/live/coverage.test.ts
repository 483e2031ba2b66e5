import { expect, test } from "vitest";
import { coverageNote, pointsNote } from "./coverage";

const all = { came: 1200, all: 1200, missed: 0, inMemory: 1200, passing: null };

test.each([
  [{}, "1,200 posts since opened"],
  [{ came: 0, all: 0, inMemory: 0 }, ""],
  [{ all: 1500 }, "showing 1,200 of 1,500"],
  [{ passing: 30 }, "30 of 1,200 posts pass the filters"],
  [{ came: 30_000, all: 30_000, inMemory: 20_000, passing: 30 }, "30 of the last 20,000 posts pass the filters"],
  [{ all: 1500, passing: 0 }, "0 of 1,200 posts pass the filters"],
])("coverage of %o reads %s", (part, text) => {
  expect(coverageNote({ ...all, ...part }).text).toBe(text);
});

test.each([
  [0, 0, null, ""],
  [12, 12, null, "12 with a place"],
  [20_000, 31_000, null, "20,000 of 31,000 points drawn"],
  [12, 12, 3, "3 of 12 with a place"],
])("%i points of %i, of which %s pass, read %s", (size, seen, passing, text) => {
  expect(pointsNote(size, seen, passing)).toBe(text);
});
