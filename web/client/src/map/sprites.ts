/** Sprites: the mark of each label, drawn once and stamped for every point. */
import type { Label } from "../shared/api";
import { LABELS, MARKS, isHollow } from "../shared/labels";
import { colour } from "../shared/theme";

export type Sprites = Record<Label, ImageBitmap>;

/** Draw the marks `side` CSS pixels large, for a screen of `ratio` pixels a CSS pixel. */
export function sprites(side: number, ratio: number): Sprites {
  const made = LABELS.map((label) => [label, stamp(label, side, ratio)] as const);
  return Object.fromEntries(made) as Sprites;
}

function stamp(label: Label, side: number, ratio: number): ImageBitmap {
  const canvas = new OffscreenCanvas(Math.ceil(side * ratio), Math.ceil(side * ratio));
  const pen = canvas.getContext("2d");
  if (!pen) return canvas.transferToImageBitmap();
  pen.scale(canvas.width / 12, canvas.height / 12);
  const path = new Path2D(MARKS[label]);
  pen.lineJoin = "round";
  if (isHollow(label)) {
    pen.strokeStyle = colour(label);
    pen.lineWidth = 1.6;
    pen.stroke(path);
  } else {
    pen.globalAlpha = 0.88;
    pen.fillStyle = colour(label);
    pen.fill(path);
    pen.globalAlpha = 1;
    pen.strokeStyle = colour("halo");
    pen.lineWidth = 0.9;
    pen.stroke(path);
  }
  return canvas.transferToImageBitmap();
}
