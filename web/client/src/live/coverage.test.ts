import { expect, test } from "vitest";
import { addParts, coverageNote, pointsNote } from "./coverage";

const all = { came: 1200, all: 1200, missed: 0, inMemory: 1200, passing: null, part: null };
const part = { shown: 3900, of: 10_200, viewer_limit: 0, taggers_behind: 6300 };

test.each([
  [{}, "1,200 posts since opened"],
  [{ came: 0, all: 0, inMemory: 0 }, ""],
  [{ all: 1500 }, "showing 1,200 of 1,500"],
  [{ passing: 30 }, "30 of 1,200 posts pass the filters"],
  [{ came: 30_000, all: 30_000, inMemory: 20_000, passing: 30 }, "30 of the last 20,000 posts pass the filters"],
  [{ all: 1500, passing: 0 }, "0 of 1,200 posts pass the filters"],
  [{ all: 1500, part }, "showing 3,900 of 10,200/s: taggers are behind"],
  [
    { passing: 30, part: { ...part, viewer_limit: 200 } },
    "30 of 1,200 posts pass the filters; showing 3,900 of 10,200/s: taggers are behind, and more than a page is sent",
  ],
])("coverage of %o reads %s", (part, text) => {
  expect(coverageNote({ ...all, ...part }).text).toBe(text);
});

test("what is shown of several streams adds up", () => {
  expect(addParts([])).toBe(null);
  expect(addParts([part, part])).toEqual({ shown: 7800, of: 20_400, viewer_limit: 0, taggers_behind: 12_600 });
});

test.each([
  [0, 0, null, ""],
  [12, 12, null, "12 with a place"],
  [20_000, 31_000, null, "20,000 of 31,000 points drawn"],
  [12, 12, 3, "3 of 12 with a place"],
])("%i points of %i, of which %s pass, read %s", (size, seen, passing, text) => {
  expect(pointsNote(size, seen, passing)).toBe(text);
});
