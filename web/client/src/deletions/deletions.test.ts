import { expect, test } from "vitest";
import { EMPTY, announced, bodyOf, idsOf, missing, outcome, type Deletion } from "./deletions";

test.each([
  ["", []],
  ["1, 2;3\n\n4 1", ["1", "2", "3", "4"]],
  ["https://x.com/somebody/status/199?s=20", ["199"]],
  ["https://twitter.com/a/statuses/7", ["7"]],
  ['"5","6"', ["5", "6"]],
  ["at://did:plc:abc/app.bsky.feed.post/3k", ["at://did:plc:abc/app.bsky.feed.post/3k"]],
])("%j names the ids %j", (typed, ids) => {
  expect(idsOf(typed)).toEqual(ids);
});

test("a check against X names nobody", () => {
  const draft = { ...EMPTY, how: "compliance", ids: "1", reason: " weekly " } as const;
  expect(bodyOf(draft)).toEqual({ compliance: true, reason: "weekly" });
  expect(missing(draft)).toBe(null);
});

test.each([
  [{}, "ids"],
  [{ authors: "@somebody" }, "authors"],
  [{ ids: Array.from({ length: 4000 }, (_, n) => `199000000000000${n}`).join() }, "ids"],
  [{ ids: "1" }, undefined],
] as const)("something is wrong with a draft: case %#", (part, field) => {
  expect(missing({ ...EMPTY, ...part })?.[0]).toBe(field);
});

test.each([
  [{ ids: "1" }, "Delete 1 post"],
  [{ ids: "1 2", authors: "42" }, "Delete 2 posts and all posts of 1 author"],
  [{ how: "compliance" }, "Ask X which posts to delete, and delete them"],
] as const)("what comes next is said: case %#", (part, words) => {
  expect(announced({ ...EMPTY, ...part })).toBe(words);
});

test("what a platform announced says when captures change", () => {
  const words = outcome({ posts: 2, due_at: 5000, children: [] } as unknown as Deletion, 4000);
  expect(words).toMatch(/^Off dashboards already; captures change from .+ on\.$/);
});

test.each([
  [{ state: "working", posts: 2, found: 1 }, "1 of 2 found in captures so far."],
  [
    { state: "done", posts: 2, authors: 1, found: 1, recent: 1 },
    "1 of 3 found in captures, 2 in none, 1 post taken off dashboards.",
  ],
  [{ state: "working", posts: 2, due_at: 1 }, "0 of 2 found in captures so far."],
  [{ state: "asking", compliance: true }, "X has not answered yet."],
  [{ state: "done", compliance: true }, "X wants none of them deleted."],
  [{ state: "done", compliance: true, children: ["a"] }, "Led to 1 deletion, listed here."],
] as const)("what came of a deletion is said: case %#", (part, words) => {
  const none = { posts: 0, authors: 0, found: 0, recent: 0, compliance: false, children: [] };
  expect(outcome({ ...none, ...part } as unknown as Deletion)).toBe(words);
});
