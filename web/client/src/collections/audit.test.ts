import { expect, test } from "vitest";
import type { Filter } from "../shared/api";
import { entryOf, type Edit } from "./audit";
import { NO_PLAN } from "./plan-draft";

const filter: Filter = { word: "rain", keywords: [], languages: ["en"], place: null };
const edit = (part: Partial<Edit>): Edit => ({
  at: 1,
  by: 7,
  generation: 1,
  added: [],
  removed: [],
  before: {},
  after: {},
  ...part,
});

test("the first entry tells what was made, without what was left out", () => {
  const made = { name: "rain", wanted: "stopped", filter, plan: { ...NO_PLAN, budget_posts: 2000 } } as const;
  const before = { name: null, wanted: null, filter: null, plan: null };
  const entry = entryOf(edit({ before, after: made, added: ["rain"] }));
  expect([entry.deed, entry.added]).toEqual(["Created", ["rain"]]);
  expect(entry.changes.map(({ what, after }) => `${what}: ${after}`)).toEqual([
    "name: rain",
    "languages: en",
    "budget in posts: 2,000",
  ]);
});

test.each([
  ["running", "Started"],
  ["stopped", "Stopped"],
  ["archived", "Archived"],
] as const)("a stream that is wanted %s was %s", (wanted, deed) => {
  const before = { wanted: wanted === "running" ? "stopped" : "running" } as const;
  expect(entryOf(edit({ before, after: { wanted } }))).toMatchObject({ deed, changes: [] });
});

test("an edit tells its terms apart from the rest", () => {
  const after = { filter: { ...filter, word: "hail", languages: [] } };
  const entry = entryOf(edit({ before: { filter }, after, added: ["hail"], removed: ["rain"] }));
  expect(entry).toMatchObject({
    deed: "Edited",
    added: ["hail"],
    removed: ["rain"],
    changes: [{ what: "languages", before: "en", after: "any" }],
  });
});

test("what the server placed was placed by nobody", () => {
  const moved = edit({ by: null, before: { placed_on: "lab-1" }, after: { placed_on: "default" } });
  expect(entryOf(moved)).toMatchObject({
    deed: "Placed",
    changes: [{ what: "runs on", before: "lab-1", after: "machines without a name" }],
  });
});

test("a state that was seen says why, and that nobody did it", () => {
  const fault = { message: "The budget is spent." };
  const before = { state: "running", fault: null } as const;
  const entry = entryOf(edit({ by: null, before, after: { state: "failed", fault } }));
  expect(entry).toMatchObject({ deed: "Failed", why: "The budget is spent.", changes: [] });
  expect(entry.by).toBeUndefined();
});

test("of a plan only what differs is told", () => {
  const before = { plan: { ...NO_PLAN, budget_usd: 5, machine: "lab-1" } };
  const after = { plan: { ...NO_PLAN, budget_usd: 9.5, machine: "lab-1", priority: -3 } };
  expect(entryOf(edit({ before, after })).changes).toEqual([
    { what: "budget in dollars", before: "$5.00", after: "$9.50" },
    { what: "priority", before: "none", after: "-3" },
  ]);
});
