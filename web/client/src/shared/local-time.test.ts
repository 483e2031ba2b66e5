import { afterAll, beforeAll, expect, test } from "vitest";
import { localFault, localOf, momentOf, momentsOf } from "./local-time";

const zone = process.env["TZ"];
beforeAll(() => void (process.env["TZ"] = "Europe/Madrid"));
afterAll(() => void (process.env["TZ"] = zone ?? "UTC"));

test("an hour that clocks go over does not exist, and is not shifted", () => {
  expect(momentsOf("2026-03-29T02:30")).toEqual([]);
  expect(momentOf("2026-03-29T02:30")).toBeNull();
  expect(localFault("2026-03-29T02:30")).toContain("does not exist");
  expect(momentOf("2026-03-29T01:59")).toBe(Date.UTC(2026, 2, 29, 0, 59));
  expect(momentOf("2026-03-29T03:00")).toBe(Date.UTC(2026, 2, 29, 1));
});

test("an hour that comes twice is told apart by its offset", () => {
  const [first, second] = [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)];
  expect(momentsOf("2026-10-25T02:30")).toEqual([first, second]);
  expect([first, second].map(localOf)).toEqual(["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"]);
  expect([first, second].map((ms) => momentOf(localOf(ms)))).toEqual([first, second]);
  expect(momentOf("2026-10-25T02:30")).toBe(first);
});

test("other times are themselves", () => {
  for (const ms of [Date.UTC(2026, 0, 1), Date.UTC(2026, 6, 1, 12, 7), Date.UTC(2026, 9, 25, 2)]) {
    expect(momentOf(localOf(ms))).toBe(ms);
    expect(localOf(ms)).toHaveLength(16);
  }
  expect([localOf(null), momentOf(""), momentOf("soon"), localFault("")]).toEqual(["", null, null, null]);
});
