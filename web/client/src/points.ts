/** Points: the posts that have a place, on the sheet; past a limit the older ones are thinned out. */
import type { Post } from "./api";
import { project } from "./globe";

export const MAX_POINTS = 20_000;

export class Points {
  readonly x: Float32Array;
  readonly y: Float32Array;
  posts: Post[] = [];
  /** All posts with a place so far, those that were thinned out included. */
  seen = 0;

  constructor(readonly capacity = MAX_POINTS) {
    this.x = new Float32Array(capacity);
    this.y = new Float32Array(capacity);
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
      this.posts.push(post);
      this.seen++;
    }
    return thinned;
  }

  clear(): void {
    this.posts = [];
    this.seen = 0;
  }

  /** The index of the last point within `reach` of a place on the sheet, or -1. */
  near(x: number, y: number, reach: number, passes: ((post: Post) => boolean) | null): number {
    let found = -1;
    let least = reach * reach;
    for (let i = this.size - 1; i >= 0; i--) {
      const away = ((this.x[i] ?? 0) - x) ** 2 + ((this.y[i] ?? 0) - y) ** 2;
      const post = this.posts[i];
      if (away < least && post && (!passes || passes(post))) {
        least = away;
        found = i;
      }
    }
    return found;
  }

  /** Take every second one out of the older half. */
  private thin(): void {
    const half = this.size >> 1;
    let to = 0;
    for (let from = 0; from < this.size; from++) {
      if (from < half && from % 2 === 0) continue;
      this.x[to] = this.x[from] ?? 0;
      this.y[to] = this.y[from] ?? 0;
      const post = this.posts[from];
      if (post) this.posts[to] = post;
      to++;
    }
    this.posts.length = to;
  }
}
