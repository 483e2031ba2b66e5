/** Hatching: how plots mark gaps. */
import type uPlot from "uplot";
import type { Gap } from "../shared/api";
import { colour } from "../shared/theme";

type Fill = string | CanvasPattern;

/** Fill a plot from one time to another, in seconds since the epoch. */
export function stripe({ ctx: pen, bbox, valToPos }: uPlot, from: number, to: number, fill: Fill): void {
  const left = Math.max(bbox.left, valToPos(from, "x", true));
  const right = Math.min(bbox.left + bbox.width, valToPos(to, "x", true));
  pen.fillStyle = fill;
  if (right > left) pen.fillRect(left, bbox.top, right - left, bbox.height);
}

export function hatchGaps(plot: uPlot, gaps: readonly Gap[]): void {
  const hatch = gaps.length ? hatching(plot.ctx) : null;
  if (!hatch) return;
  for (const gap of gaps) stripe(plot, gap.from / 1000, (gap.to ?? Date.now()) / 1000, hatch);
}

function hatching(pen: CanvasRenderingContext2D): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const ink = tile.getContext("2d");
  if (!ink) return null;
  ink.strokeStyle = colour("hatch");
  ink.lineWidth = 2;
  for (const at of [-4, 4, 12]) {
    ink.moveTo(at - 4, 12);
    ink.lineTo(at + 12, -4);
  }
  ink.stroke();
  return pen.createPattern(tile, "repeat");
}
