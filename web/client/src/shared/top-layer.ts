/** The top layer: a ring round each post that has just come, a circle round the one that is picked. */
import type { Post } from "./api";
import { fit } from "./canvas";
import { colour, isCalm } from "./theme";
import type { Size } from "../map/viewport";

const RING_MS = 900;
const MOST_RINGS = 8;

/** Where a post is on the canvas; null when it is not. */
export type Place = (post: Post) => readonly [number, number] | null;

export class TopLayer {
  private rings: { post: Post; since: number }[] = [];

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** Ring new posts, while they are few enough to be noticed one by one. */
  ring(posts: readonly Post[]): void {
    if (isCalm() || posts.length > MOST_RINGS / 2) return;
    const since = performance.now();
    this.rings = [...this.rings, ...posts.map((post) => ({ post, since }))].slice(-MOST_RINGS);
  }

  clear(): void {
    this.rings = [];
  }

  /** Draw; true while something moves. */
  draw(size: Size, place: Place, picked: Post | null, radius: number): boolean {
    const surface = fit(this.canvas, size);
    if (!surface) return false;
    const { pen, ratio } = surface;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    const now = performance.now();
    this.rings = this.rings.filter((ring) => now - ring.since < RING_MS);
    pen.lineWidth = 1.5;
    for (const { post, since } of this.rings) {
      const age = (now - since) / RING_MS;
      pen.globalAlpha = 1 - age;
      circle(pen, place(post), 3 + 14 * age, colour(post.label));
    }
    pen.globalAlpha = 1;
    pen.lineWidth = 2;
    if (picked) circle(pen, place(picked), radius, colour("text"));
    return this.rings.length > 0;
  }
}

function circle(
  pen: CanvasRenderingContext2D,
  at: readonly [number, number] | null,
  radius: number,
  stroke: string,
): void {
  if (!at) return;
  pen.strokeStyle = stroke;
  pen.beginPath();
  pen.arc(at[0], at[1], radius, 0, 2 * Math.PI);
  pen.stroke();
}
