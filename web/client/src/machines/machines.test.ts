import { expect, test } from "vitest";
import type { Stream } from "../shared/api";
import { isMachineName, slotWords, streamsOn, type Machine } from "./machines";

const machine: Machine = {
  name: "lab-2",
  state: "connected",
  version: "1.0.0",
  disk_free: 1,
  disk_total: 2,
  seen_at: 0,
  named: true,
  connection: "connected",
  streams: 1,
  slots: 50,
  slots_free: 49,
  disk_hours_left: null,
  disk_level: "ok",
  disk_message: "",
  disk_deeds: [],
  ships_to: null,
  ship_waiting: 0,
  ship_faults: [],
};
const stream = (id: string, on: string | null, more = {}): Stream =>
  ({ id, source: "x", plan: { machine: on }, ...more }) as unknown as Stream;
const streams = [
  stream("a", "lab-2"),
  stream("b", null),
  stream("c", null, { source: "replay" }),
  stream("d", "any", { placed_on: "lab-3" }),
  stream("e", "any", { placed_on: "default" }),
  stream("f", "any", { placed_on: null }),
];

test.each([
  [machine, ["a"]],
  [{ ...machine, name: "lab-3" }, ["d"]],
  [{ ...machine, name: "lab-4" }, []],
  [{ ...machine, name: "host", named: false }, ["b", "e"]],
  [{ ...machine, name: "host", named: false, connection: null }, []],
] as const)("streams are listed where they run: case %#", (on, ids) => {
  expect(streamsOn(on, streams).map(({ id }) => id)).toEqual(ids);
});

test.each([
  [{}, "connected to X, 1 stream on it"],
  [{ streams: 3, connection: "refused" }, "refused by X, 3 streams on it"],
  [{ streams: 0, connection: "idle" }, "idle, nothing to ask X for, no streams on it"],
  [{ connection: null }, "not in use"],
  [{ connection: null, named: false }, "standing by: it takes over when nobody holds the connection"],
] as const)("the slot is told: case %#", (part, words) => {
  expect(slotWords({ ...machine, ...part })).toBe(words);
});

test.each([
  ["lab-2", true],
  ["", false],
  ["lab 2", false],
  ["a;b", false],
  ["any", false],
])("%j may be a machine's name: %j", (name, may) => {
  expect(isMachineName(name)).toBe(may);
});
