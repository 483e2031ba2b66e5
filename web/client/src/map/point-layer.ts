/** The layer of points: every post with a place, as the mark of its label; new ones are added on top. */
import type { Post } from "../shared/api";
import { fit } from "../shared/canvas";
import { seen } from "./declutter";
import type { Points } from "./points";
import { sprites, type Sprites } from "./sprites";
import type { Size, View } from "./viewport";

const LEAST_SIDE = 7;
const MOST_SIDE = 18;
/** Marks closer than this share of their side hide each other. */
const CELL = 0.5;

export class PointLayer {
  /** Side of a mark in CSS pixels. */
  side = LEAST_SIDE;
  private marks: Sprites | null = null;
  private drawn = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly points: Points,
  ) {}

  get isBehind(): boolean {
    return this.drawn !== this.points.size;
  }

  /** Draw all points anew next time, with the colours of then. */
  forget(): void {
    this.marks = null;
  }

  draw(view: View, size: Size, passes: ((post: Post) => boolean) | null, anew: boolean): void {
    const surface = fit(this.canvas, size);
    if (!surface) return;
    const { pen, ratio } = surface;
    if (!this.marks) this.side = Math.max(LEAST_SIDE, Math.min(MOST_SIDE, size.width / 110));
    this.marks ??= sprites(this.side, ratio);
    const { side, marks, points } = this;
    const at = (i: number): [number, number] | null => {
      const post = points.posts[i];
      return post && (!passes || passes(post)) ? points.at(i, view) : null;
    };
    const stamp = (i: number): void => {
      const post = points.posts[i];
      const place = at(i);
      if (!post || !place) return;
      const [x, y] = place;
      pen.drawImage(
        marks[post.label],
        Math.round((x - side / 2) * ratio),
        Math.round((y - side / 2) * ratio),
      );
    };
    pen.setTransform(1, 0, 0, 1, 0, 0);
    if (anew || this.drawn > points.size) {
      pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
      const isSeen = seen(points.size, at, side * CELL, size.width, size.height);
      isSeen.forEach((drawn, i) => drawn && stamp(i));
    } else {
      for (let i = this.drawn; i < points.size; i++) stamp(i);
    }
    this.drawn = points.size;
  }
}
