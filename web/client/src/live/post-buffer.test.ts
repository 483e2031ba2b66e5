import { expect, test } from "vitest";
import { PostBuffer } from "./post-buffer";
import { post } from "../shared/sample-posts";

const ids = (memory: PostBuffer): string[] => [...memory.newest()].map((each) => each.id);

test("the newest posts come first and the oldest go", () => {
  const memory = new PostBuffer(3);
  for (let id = 1; id <= 5; id++) memory.add(post(id));
  expect(ids(memory)).toEqual(["5", "4", "3"]);
  expect(memory.size).toBe(3);
});

test("a post is kept once, until it has gone", () => {
  const memory = new PostBuffer(2);
  expect(memory.add(post(1))).toBe(true);
  expect(memory.add(post(1))).toBe(false);
  memory.add(post(2));
  memory.add(post(3));
  expect(memory.add(post(1))).toBe(true);
  expect(ids(memory)).toEqual(["1", "3"]);
});

test("the devices of the posts that are kept are counted", () => {
  const memory = new PostBuffer(2);
  memory.add(post(1, { source: "web" }));
  memory.add(post(2, { source: "iphone" }));
  memory.add(post(3, { source: "iphone" }));
  expect(memory.devices).toEqual({ web: 0, iphone: 2, android: 0, other: 0 });
});

test("a post that was removed leaves no trace and its place is filled again", () => {
  const memory = new PostBuffer(3);
  for (let id = 1; id <= 3; id++) memory.add(post(id));
  memory.remove((each) => each.id === "2");
  expect(ids(memory)).toEqual(["3", "1"]);
  expect([memory.size, memory.devices.other]).toEqual([2, 2]);
  for (let id = 4; id <= 6; id++) memory.add(post(id));
  expect(ids(memory)).toEqual(["6", "5", "4"]);
  expect([memory.size, memory.devices.other]).toEqual([3, 3]);
});

test("a later version takes the place of the earlier one, whatever id it has", () => {
  const memory = new PostBuffer(4);
  for (let id = 1; id <= 3; id++) memory.add(post(id, { source: "web" }));
  const later = post(9, { edited: true, replaces: ["7", "2"], source: "iphone", received_at: 5 });
  const placed = memory.replace([later, post(3, { edited: true, text: "now" }), post(8, { edited: true })]);
  expect(ids(memory)).toEqual(["3", "9", "1"]);
  expect(placed.map((each) => [each.id, each.received_at])).toEqual([
    ["9", post(2).received_at],
    ["3", post(3).received_at],
  ]);
  expect([...memory.newest()][0]?.text).toBe("now");
  expect([memory.size, memory.devices.web, memory.devices.iphone]).toEqual([3, 1, 1]);
  expect([memory.has("2"), memory.has("9")]).toEqual([false, true]);
});

test("of two versions that both came, one is left", () => {
  const memory = new PostBuffer(4);
  memory.add(post(1));
  memory.add(post(2, { edited: true, replaces: ["1"] }));
  memory.replace([post(2, { edited: true, replaces: ["1"] })]);
  expect(ids(memory)).toHaveLength(1);
  expect([memory.size, memory.devices.other]).toEqual([1, 1]);
});

test("a cleared memory is as new", () => {
  const memory = new PostBuffer(2);
  memory.add(post(1));
  memory.clear();
  expect(ids(memory)).toEqual([]);
  expect(memory.add(post(1))).toBe(true);
});
