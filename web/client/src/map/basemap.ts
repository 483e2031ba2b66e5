/** The base map: sea, grid, land and borders. */
import { geoGraticule10 } from "d3-geo";
import type { WorldTopology } from "./topology";
import { outline } from "./globe";
import { colour } from "../shared/theme";
import type { Size, View } from "./viewport";

let sea: Path2D | null = null;
let grid: Path2D | null = null;

export function drawBasemap(
  pen: CanvasRenderingContext2D,
  topology: WorldTopology | null,
  view: View,
  size: Size,
  ratio: number,
): void {
  sea ??= outline({ type: "Sphere" });
  grid ??= outline(geoGraticule10());
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, size.width, size.height);
  pen.setTransform(ratio * view.k, 0, 0, ratio * view.k, ratio * view.dx, ratio * view.dy);
  const hair = 1 / view.k;
  pen.fillStyle = colour("sea");
  pen.fill(sea);
  pen.lineWidth = hair * 0.5;
  pen.strokeStyle = colour("grid");
  pen.stroke(grid);
  if (!topology) return;
  pen.fillStyle = colour("land");
  pen.fill(topology.land);
  pen.lineWidth = hair * 0.75;
  pen.strokeStyle = colour("border");
  pen.stroke(topology.borders);
}
