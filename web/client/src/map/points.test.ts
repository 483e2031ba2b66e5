import { expect, test } from "vitest";
import { Points } from "./points";
import { post } from "../shared/sample-posts";
import { whole } from "./viewport";

const view = whole({ width: 1000, height: 500 });
const placed = (id: number, lon = 0, lat = 0) => post(id, { coords: [lon, lat] });

test("posts without a place are no points", () => {
  const points = new Points(4);
  expect(points.add([post(1), placed(2)])).toBe(false);
  expect([points.size, points.seen]).toEqual([1, 1]);
});

test("past the limit the older half is thinned and all are counted", () => {
  const points = new Points(8);
  expect(points.add(Array.from({ length: 9 }, (_, id) => placed(id)))).toBe(true);
  expect(points.posts.map((each) => each.id)).toEqual(["1", "3", "4", "5", "6", "7", "8"]);
  expect(points.seen).toBe(9);
});

test("a post that was removed is no point any more", () => {
  const points = new Points(8);
  points.add([placed(1), placed(2, 50, 20), placed(3)]);
  const before = points.at(2, view);
  points.remove((each) => each.id === "2");
  expect(points.posts.map((each) => each.id)).toEqual(["1", "3"]);
  expect(points.at(1, view)).toEqual(before);
});

test("the nearest point in reach is found, if it passes", () => {
  const points = new Points(8);
  points.add([placed(1, -70, 40), placed(2, 100, 30)]);
  const [x, y] = points.at(1, view);
  expect(points.near(x + 3, y, view, 10, null)).toBe(1);
  expect(points.near(x + 300, y, view, 10, null)).toBe(-1);
  expect(points.near(x, y, view, 10, (each) => each.id === "1")).toBe(-1);
});

test("posts of one place do not lie on each other", () => {
  const points = new Points(8);
  points.add([placed(1), placed(2)]);
  expect(points.at(0, view)).not.toEqual(points.at(1, view));
});

test("points that pass a test are counted, and nothing is without one", () => {
  const points = new Points(8);
  points.add([placed(1), placed(2), placed(3)]);
  expect(points.passing((each) => each.id !== "2")).toBe(2);
  expect(points.passing(null)).toBeNull();
});
