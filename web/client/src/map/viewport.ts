/** The view of the base map on a canvas: how large, and where. */
import { FIRST_SIGHT, SHEET_HEIGHT, SHEET_WIDTH, type Bounds } from "./globe";

/** A point of the base map (x, y) is at (x * k + dx, y * k + dy) on the canvas, in CSS pixels. */
export interface View {
  k: number;
  dx: number;
  dy: number;
}

export interface Size {
  width: number;
  height: number;
}

export const MAX_ZOOM = 60;

/** The view that shows the inhabited world, as large as fits. */
export function whole({ width, height }: Size): View {
  const { left, right, top, bottom } = FIRST_SIGHT;
  const k = Math.min(width / (right - left), height / (bottom - top));
  return {
    k,
    dx: (width - (right + left) * k) / 2,
    dy: (height - (bottom + top) * k) / 2,
  };
}

/** Keep a view within its limits: not smaller than the whole, nor off the base map. */
export function bounded(view: View, size: Size): View {
  const least = whole(size);
  const k = Math.max(least.k, Math.min(least.k * MAX_ZOOM, view.k));
  if (k === least.k) return least;
  return {
    k,
    dx: held(view.dx, size.width, SHEET_WIDTH * k),
    dy: held(view.dy, size.height, SHEET_HEIGHT * k),
  };
}

/** Zoom by a factor about a point of the canvas. */
export function zoomed(view: View, factor: number, x: number, y: number, size: Size): View {
  const least = whole(size).k;
  const k = Math.max(least, Math.min(least * MAX_ZOOM, view.k * factor));
  const by = k / view.k;
  return bounded({ k, dx: x - (x - view.dx) * by, dy: y - (y - view.dy) * by }, size);
}

export const moved = (view: View, dx: number, dy: number, size: Size): View =>
  bounded({ k: view.k, dx: view.dx + dx, dy: view.dy + dy }, size);

/** The view in which a rectangle of the base map fills two thirds of the canvas, no closer than `most`. */
export function around(
  [left, top, right, bottom]: Bounds,
  size: Size,
  most: number,
): View {
  const fit = Math.min(size.width / (right - left), size.height / (bottom - top)) * 0.66;
  const k = Math.min(fit, whole(size).k * most);
  return bounded(
    {
      k,
      dx: size.width / 2 - ((left + right) / 2) * k,
      dy: size.height / 2 - ((top + bottom) / 2) * k,
    },
    size,
  );
}

/** How many times closer than the whole. */
export const zoomOf = (view: View, size: Size): number => view.k / whole(size).k;

function held(offset: number, room: number, length: number): number {
  if (length <= room) return (room - length) / 2;
  return Math.max(room - length, Math.min(0, offset));
}
