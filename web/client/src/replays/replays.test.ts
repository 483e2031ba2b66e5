import { afterEach, expect, test, vi } from "vitest";
import { EMPTY, bodyOf, discard, files, missing, newKey, recordings, share, speedWords } from "./replays";
import type { Stream } from "../shared/api";

test("a draft says only what was chosen", () => {
  expect(bodyOf({ ...EMPTY, file: "a-b.json" })).toEqual({ file: "a-b.json", speed: 1 });
  const draft = {
    ...EMPTY,
    what: "collection",
    collection: "storm",
    pace: "faster",
    times: "2,5",
    keeps: true,
    keptAs: " storm again ",
    keywords: "hail, snow",
    from: "2026-11-22T04:00Z",
  } as const;
  expect(bodyOf(draft)).toEqual({
    collection: "storm",
    speed: 2.5,
    filter: { keywords: ["hail", "snow"] },
    from: Date.UTC(2026, 10, 22, 4),
    plan: { capture: { collection: "storm again" } },
  });
});

test.each([
  [{}, "file"],
  [{ what: "collection" }, "collection"],
  [{ file: "f", pace: "faster", times: "quick" }, "speed"],
  [{ file: "f", pace: "faster", times: "0" }, "speed"],
  [{ file: "f", pace: "unpaced" }, undefined],
] as const)("of %o is missing: %s", (part, field) => {
  expect(missing({ ...EMPTY, ...part })?.[0]).toBe(field);
});

test.each([
  [null, null],
  ["", null],
  ["7% · 20 posts · at 2026", 0.07],
  ["100% · 300 posts", 1],
  ["waits for 3%", null],
])("%j tells the share %j", (note, expected) => {
  expect(share(note)).toBe(expected);
});

test.each([
  [0, "as fast as it goes"],
  [1, "as it was"],
  [2.5, "2.5× as fast"],
])("the speed %d reads %s", (speed, words) => {
  expect(speedWords(speed)).toBe(words);
});

test("what clients capture elsewhere is no recording here", () => {
  const kept = (source: string, collection: string | null): Stream =>
    ({ source, plan: { capture: collection === null ? null : { collection } } }) as unknown as Stream;
  const streams = [kept("x", "wind"), kept("client", "far"), kept("x", null), kept("replay", "rain")];
  expect(recordings([...streams, kept("x", "wind")])).toEqual(["rain", "wind"]);
});

afterEach(() => void vi.unstubAllGlobals());

test("a file that came although its upload was cancelled is deleted, and no other", async () => {
  const [kept, late] = [newKey(), newKey()];
  const items = [kept, late].map((key) => ({ file: `${key}-a.json`, bytes: 1, uploaded_at: 1 }));
  const deleted: string[] = [];
  vi.stubGlobal("fetch", (path: string, { method }: { method: string }) => {
    if (method === "GET") return Promise.resolve(new Response(JSON.stringify({ items })));
    deleted.push(path);
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  expect(kept).toMatch(/^[0-9a-f]{16}$/);
  discard(late);
  await files.refresh();
  expect(files.items.value?.map((each) => each.file)).toEqual([`${kept}-a.json`]);
  expect(deleted).toEqual([`/api/v1/replays/files/${late}-a.json`]);
});
