/** The globe on a flat map: a fixed plane of 1000 units' width, on which views move and zoom. */
import { geoNaturalEarth1, geoPath } from "d3-geo";
import type { MultiPolygon, Polygon } from "geojson";
import type { Box } from "../shared/api";

export const SHEET_WIDTH = 1000;
/** Left, top, right, bottom of a rectangle of the base map. */
export type Bounds = readonly [number, number, number, number];
const SPHERE = { type: "Sphere" } as const;

const projection = geoNaturalEarth1()
  .precision(0.05)
  .fitWidth(SHEET_WIDTH, SPHERE);

export const SHEET_HEIGHT = geoPath(projection).bounds(SPHERE)[1][1];

/** From longitude and latitude to the base map. */
export const project = (lon: number, lat: number): [number, number] =>
  projection([lon, lat]) ?? [0, 0];

/** From the base map to longitude and latitude, brought back onto the globe when beside it. */
export function unproject(x: number, y: number): [number, number] {
  const [lon, lat] = projection.invert?.([x, Math.max(0, Math.min(SHEET_HEIGHT, y))]) ?? [0, 0];
  // Beyond the edge the inverse goes round the globe once more.
  if (x <= project(-180, lat)[0]) return [-180, lat];
  return x >= project(180, lat)[0] ? [180, lat] : [lon, lat];
}

/** The outline of a shape on the base map, as a path for a canvas. */
export const outline = (shape: Parameters<ReturnType<typeof geoPath>>[0]): Path2D =>
  new Path2D(geoPath(projection)(shape) ?? "");

/** The part of the base map that is worth showing first: all but the ice of the far south. */
export const FIRST_SIGHT = {
  left: 0,
  right: SHEET_WIDTH,
  top: project(0, 84)[1],
  bottom: project(0, -58)[1],
};

/** A box as a shape: edges along parallels and meridians, so they are cut into short pieces. */
export function boxShape([west, south, east, north]: Box): Polygon | MultiPolygon {
  if (west <= east) return { type: "Polygon", coordinates: [ring(west, south, east, north)] };
  return {
    type: "MultiPolygon",
    coordinates: [[ring(west, south, 180, north)], [ring(-180, south, east, north)]],
  };
}

function ring(west: number, south: number, east: number, north: number): [number, number][] {
  const steps = 24;
  const at = (from: number, to: number, i: number): number => from + ((to - from) * i) / steps;
  const points: [number, number][] = [];
  for (let i = 0; i < steps; i++) points.push([west, at(south, north, i)]);
  for (let i = 0; i < steps; i++) points.push([at(west, east, i), north]);
  for (let i = 0; i < steps; i++) points.push([east, at(north, south, i)]);
  for (let i = 0; i <= steps; i++) points.push([at(east, west, i), south]);
  return points;
}

/** The path of a box on the base map, drawn point by point: exact, and no great circles. */
export function boxPath(box: Box): Path2D {
  const shape = boxShape(box);
  const rings = shape.type === "Polygon" ? shape.coordinates : shape.coordinates.flat();
  const path = new Path2D();
  for (const points of rings) {
    points.forEach(([lon = 0, lat = 0], i) => {
      const [x, y] = project(lon, lat);
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    });
    path.closePath();
  }
  return path;
}

/** The rectangle of the base map that holds boxes; null for none, or where one goes round the back. */
export function boundsOf(boxes: readonly Box[]): Bounds | null {
  if (!boxes.length || boxes.some(([west, , east]) => west > east)) return null;
  const corners = boxes.flatMap(([west, south, east, north]) => [
    project(west, south),
    project(east, north),
    project(west, north),
    project(east, south),
  ]);
  const x = corners.map(([at]) => at);
  const y = corners.map(([, at]) => at);
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}
