/** Points: the posts that have a place, on the base map; past a limit the older ones are thinned out. */
import type { Post } from "../shared/api";
import { project } from "./globe";
import type { View } from "./viewport";

export const MAX_POINTS = 20_000;
/** Posts of one city have one place: each is moved by up to so many pixels, so that all show. */
const SPREAD = 7;
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

export class Points {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** The move on the screen, in CSS pixels, whatever the zoom. */
  readonly right: Float32Array;
  readonly down: Float32Array;
  posts: Post[] = [];
  /** All posts with a place so far, those that were thinned out included. */
  seen = 0;

  constructor(readonly capacity = MAX_POINTS) {
    this.x = new Float32Array(capacity);
    this.y = new Float32Array(capacity);
    this.right = new Float32Array(capacity);
    this.down = new Float32Array(capacity);
  }

  get size(): number {
    return this.posts.length;
  }

  /** Add the posts that have a place; true when others had to go, so that all must be redrawn. */
  add(posts: readonly Post[]): boolean {
    let thinned = false;
    for (const post of posts) {
      if (!post.coords) continue;
      if (this.size === this.capacity) {
        this.thin();
        thinned = true;
      }
      const [x, y] = project(post.coords[0], post.coords[1]);
      this.x[this.size] = x;
      this.y[this.size] = y;
      const away = SPREAD * Math.sqrt((this.seen % 61) / 61);
      this.right[this.size] = away * Math.cos(this.seen * GOLDEN_ANGLE);
      this.down[this.size] = away * Math.sin(this.seen * GOLDEN_ANGLE);
      this.posts.push(post);
      this.seen++;
    }
    return thinned;
  }

  clear(): void {
    this.posts = [];
    this.seen = 0;
  }

  /** Where a point is on a canvas, in CSS pixels. */
  at(i: number, view: View): [number, number] {
    return [
      (this.x[i] ?? 0) * view.k + view.dx + (this.right[i] ?? 0),
      (this.y[i] ?? 0) * view.k + view.dy + (this.down[i] ?? 0),
    ];
  }

  /** The index of the nearest point within `reach` pixels of a place of the canvas, or -1. */
  near(
    x: number,
    y: number,
    view: View,
    reach: number,
    passes: ((post: Post) => boolean) | null,
  ): number {
    let found = -1;
    let least = reach * reach;
    for (let i = this.size - 1; i >= 0; i--) {
      const [left, top] = this.at(i, view);
      const away = (left - x) ** 2 + (top - y) ** 2;
      const post = this.posts[i];
      if (away < least && post && (!passes || passes(post))) {
        least = away;
        found = i;
      }
    }
    return found;
  }

  /** How many points pass a test; null without one. */
  passing(passes: ((post: Post) => boolean) | null): number | null {
    return passes && this.posts.reduce((n, post) => n + (passes(post) ? 1 : 0), 0);
  }

  /** Let go of the posts for which a test holds. */
  remove(isGone: (post: Post) => boolean): void {
    this.sift((post) => !isGone(post));
  }

  /** Take every second one out of the older half. */
  private thin(): void {
    const half = this.size >> 1;
    this.sift((_, at) => at >= half || at % 2 === 1);
  }

  private sift(stays: (post: Post, at: number) => boolean): void {
    let to = 0;
    for (let from = 0; from < this.size; from++) {
      const kept = this.posts[from];
      if (!kept || !stays(kept, from)) continue;
      this.x[to] = this.x[from] ?? 0;
      this.y[to] = this.y[from] ?? 0;
      this.right[to] = this.right[from] ?? 0;
      this.down[to] = this.down[from] ?? 0;
      this.posts[to] = kept;
      to++;
    }
    this.posts.length = to;
  }
}
