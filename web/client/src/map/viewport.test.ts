import { describe, expect, test } from "vitest";
import { SHEET_WIDTH, boundsOf, project, unproject } from "./globe";
import { MAX_ZOOM, around, moved, whole, zoomOf, zoomed } from "./viewport";

const size = { width: 800, height: 400 };

test.each([
  [0, 0],
  [-122.4, 37.8],
  [179.9, -45],
  [-179.9, 70],
])("%d, %d is found again on the base map", (lon, lat) => {
  const [backLon, backLat] = unproject(...project(lon, lat));
  expect(backLon).toBeCloseTo(lon, 4);
  expect(backLat).toBeCloseTo(lat, 4);
});

test("beside the globe is its edge", () => {
  const [lon, lat] = unproject(-500, 100);
  expect(lon).toBe(-180);
  expect(Math.abs(lat)).toBeLessThanOrEqual(90);
});

describe("a view", () => {
  test("zooms about the pointer", () => {
    const before = whole(size);
    const after = zoomed(before, 4, 300, 200, size);
    expect((300 - after.dx) / after.k).toBeCloseTo((300 - before.dx) / before.k);
    expect(zoomOf(after, size)).toBeCloseTo(4);
  });

  test("is never smaller than the whole nor closer than its limit", () => {
    expect(zoomed(whole(size), 0.1, 5, 5, size)).toEqual(whole(size));
    expect(zoomOf(zoomed(whole(size), 1e9, 5, 5, size), size)).toBeCloseTo(MAX_ZOOM);
  });

  test("does not leave the base map", () => {
    const close = zoomed(whole(size), 5, 400, 200, size);
    expect(moved(close, 1e6, 0, size).dx).toBe(0);
    expect(moved(close, -1e6, 0, size).dx).toBeCloseTo(800 - SHEET_WIDTH * close.k);
  });

  test("frames a box", () => {
    const bounds = boundsOf([[-10, 36, 3, 44]]);
    const view = around(bounds ?? [0, 0, 0, 0], size, 50);
    const [x, y] = project(-3.5, 40);
    expect(x * view.k + view.dx).toBeCloseTo(400, -2);
    expect(y * view.k + view.dy).toBeCloseTo(200, -2);
  });
});

test("a box round the back of the base map has no bounds there", () => {
  expect(boundsOf([[170, -10, -170, 10]])).toBeNull();
});
