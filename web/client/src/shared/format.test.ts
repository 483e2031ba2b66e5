import { expect, test } from "vitest";
import * as format from "./format";

test.each([
  [0, "0/s"],
  [0.05, "180/h"],
  [0.0001, "1/h"],
  [2.34, "2.3/s"],
  [1234.5, "1,235/s"],
])("%d posts a second read %s", (perSecond, expected) => {
  expect(format.rate(perSecond)).toBe(expected);
});

test.each([
  [0, "$0.00"],
  [0.004, "under $0.01"],
  [36, "$36.00"],
  [1234.5, "$1,235"],
])("%d dollars read %s", (usd, expected) => {
  expect(format.money(usd)).toBe(expected);
});

test.each([
  [4_000, "4 s"],
  [119_000, "2 min"],
  [7_200_000, "2 h"],
  [259_200_000, "3 days"],
  [-5, "0 s"],
])("%d ms last %s", (ms, expected) => {
  expect(format.duration(ms)).toBe(expected);
});

test.each([
  ["Ada Lovelace", "AL"],
  ["ada", "A"],
  ["José María Ñu", "JÑ"],
  ["🙂", "?"],
  ["", "?"],
])("%s has the initials %s", (name, expected) => {
  expect(format.initials(name)).toBe(expected);
});

test("a name has one tint of twelve", () => {
  expect(format.tint("ada")).toBe(format.tint("ada"));
  for (const name of ["a", "bea", "😀", ""]) expect(format.tint(name)).toBeLessThan(12);
});

test("posts, shares and boxes are worded", () => {
  expect(format.posts(1)).toBe("1 post");
  expect(format.posts(1200)).toBe("1,200 posts");
  expect(format.percent(1, 3)).toBe("33%");
  expect(format.percent(0, 0)).toBe("–");
  expect(format.short(12_345)).toBe("12.3K");
  expect(format.box([-123, 36.4, 2, 38.2])).toBe("36.4° N to 38.2° N, 123.0° W to 2.0° E");
});

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [512 * 2 ** 20, "512 MiB"],
  [2.34 * 2 ** 40, "2.3 TiB"],
])("%d bytes read %s", (n, expected) => {
  expect(format.bytes(n)).toBe(expected);
});
