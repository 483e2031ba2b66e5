/** The world map on its canvases: sheet, points, and on top what moves. */
import type { Post } from "./api";
import { coarseAtlas, fineAtlas, type Atlas } from "./atlas";
import { fit } from "./canvas";
import { Points } from "./points";
import { drawSheet } from "./sheet";
import { sprites, type Sprites } from "./sprites";
import { colour, isCalm } from "./theme";
import * as views from "./view";
import type { Size, View } from "./view";

const FINE_FROM = 3.5;
const RING_MS = 900;
const MAX_RINGS = 24;
const REACH = 12;

interface Ring {
  x: number;
  y: number;
  since: number;
  label: Post["label"];
}

export interface Picked {
  post: Post;
  x: number;
  y: number;
}

export class WorldMap {
  readonly points = new Points();
  private size: Size = { width: 0, height: 0 };
  private view: View = { k: 1, dx: 0, dy: 0 };
  private atlas: Atlas | null = null;
  private hasFine = false;
  private marks: Sprites | null = null;
  private side = 8;
  private passes: ((post: Post) => boolean) | null = null;
  private rings: Ring[] = [];
  private picked = -1;
  private pickedPost: Post | null = null;
  private drawn = 0;
  private dirty = { sheet: true, points: true, top: true };
  private frame = 0;

  constructor(
    private readonly sheet: HTMLCanvasElement,
    private readonly dots: HTMLCanvasElement,
    private readonly top: HTMLCanvasElement,
    private readonly onPick: (picked: Picked | null) => void,
    private readonly onView: (zoom: number) => void,
  ) {
    coarseAtlas().then(
      (atlas) => this.take(atlas),
      () => undefined,
    );
  }

  resize(size: Size): void {
    const first = this.size.width === 0;
    const middle = this.toSheet(this.size.width / 2, this.size.height / 2);
    const zoom = first ? 1 : views.zoomOf(this.view, this.size);
    this.size = size;
    const k = views.whole(size).k * zoom;
    const dx = size.width / 2 - middle[0] * k;
    const dy = size.height / 2 - middle[1] * k;
    this.look(first ? views.whole(size) : views.bounded({ k, dx, dy }, size));
  }

  /** Take the colours anew. */
  repaint(): void {
    this.marks = null;
    this.redraw();
  }

  move(dx: number, dy: number): void {
    this.look(views.moved(this.view, dx, dy, this.size));
  }

  zoom(factor: number, x = this.size.width / 2, y = this.size.height / 2): void {
    this.look(views.zoomed(this.view, factor, x, y, this.size));
  }

  whole(): void {
    this.look(views.whole(this.size));
  }

  /** Show the posts that pass a test; null shows all. */
  filter(passes: ((post: Post) => boolean) | null): void {
    if (!passes && !this.passes) return;
    this.passes = passes;
    this.request("points");
  }

  add(posts: readonly Post[]): void {
    if (this.points.add(posts)) {
      this.picked = this.pickedPost ? this.points.posts.indexOf(this.pickedPost) : -1;
      this.request("points");
    }
    if (posts.length <= MAX_RINGS && !isCalm()) this.ring(posts.length);
    this.request();
  }

  clear(): void {
    this.points.clear();
    this.rings = [];
    this.pick(-1);
    this.request("points");
  }

  /** Pick the point nearest to a place of the canvas. */
  pickAt(x: number, y: number): boolean {
    const [sx, sy] = this.toSheet(x, y);
    const found = this.points.near(sx, sy, REACH / this.view.k, this.passes);
    this.pick(found);
    return found >= 0;
  }

  /** Pick the next older (1) or newer (-1) point. */
  step(by: 1 | -1): void {
    const { posts } = this.points;
    let at = this.picked < 0 ? posts.length : this.picked;
    for (at -= by; at >= 0 && at < posts.length; at -= by) {
      const post = posts[at];
      if (post && (!this.passes || this.passes(post))) return this.pick(at);
    }
  }

  unpick(): void {
    this.pick(-1);
  }

  end(): void {
    cancelAnimationFrame(this.frame);
  }

  private ring(posts: number): void {
    const { points } = this;
    for (let i = Math.max(0, points.size - posts); i < points.size; i++) {
      const post = points.posts[i];
      if (!post || this.rings.length >= MAX_RINGS || (this.passes && !this.passes(post))) continue;
      const [x = 0, y = 0] = [points.x[i], points.y[i]];
      this.rings.push({ x, y, since: performance.now(), label: post.label });
    }
    if (this.rings.length) this.request("top");
  }

  private pick(index: number): void {
    if (index === this.picked && this.points.posts[index] === this.pickedPost) return;
    this.picked = index;
    this.pickedPost = this.points.posts[index] ?? null;
    this.tell();
    this.request("top");
  }

  private tell(): void {
    const post = this.pickedPost;
    const [x, y] = this.place(this.picked);
    const inside = x >= 0 && y >= 0 && x <= this.size.width && y <= this.size.height;
    this.onPick(post && inside ? { post, x, y } : null);
  }

  private take(atlas: Atlas): void {
    this.atlas = atlas;
    this.request("sheet");
  }

  private look(view: View): void {
    this.view = view;
    const zoom = views.zoomOf(view, this.size);
    if (zoom >= FINE_FROM && !this.hasFine) {
      this.hasFine = true;
      fineAtlas().then(
        (atlas) => this.take(atlas),
        () => (this.hasFine = false),
      );
    }
    this.onView(zoom);
    if (this.pickedPost) this.tell();
    this.redraw();
  }

  private redraw(): void {
    this.request("sheet");
    this.request("points");
    this.request("top");
  }

  private request(layer?: keyof WorldMap["dirty"]): void {
    if (layer) this.dirty[layer] = true;
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    if (this.size.width === 0) return;
    if (this.dirty.sheet) {
      const surface = fit(this.sheet, this.size);
      if (surface) drawSheet(surface.pen, this.atlas, this.view, this.size, surface.ratio);
      this.dirty.sheet = false;
    }
    this.drawPoints();
    if (this.dirty.top) this.drawTop();
  }

  private drawPoints(): void {
    const surface = fit(this.dots, this.size);
    if (!surface) return;
    const { pen, ratio } = surface;
    if (!this.marks) {
      this.side = Math.max(7, Math.min(14, this.size.width / 110));
      this.marks = sprites(this.side, ratio);
    }
    if (this.dirty.points || this.drawn > this.points.size) {
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, this.dots.width, this.dots.height);
      this.drawn = 0;
      this.dirty.points = false;
    }
    pen.setTransform(1, 0, 0, 1, 0, 0);
    const { x, y, posts } = this.points;
    const half = (this.side * ratio) / 2;
    const k = this.view.k * ratio;
    const dx = this.view.dx * ratio - half;
    const dy = this.view.dy * ratio - half;
    const { width, height } = this.dots;
    for (let i = this.drawn; i < posts.length; i++) {
      const post = posts[i];
      if (!post || (this.passes && !this.passes(post))) continue;
      const px = (x[i] ?? 0) * k + dx;
      const py = (y[i] ?? 0) * k + dy;
      if (px < -20 || py < -20 || px > width || py > height) continue;
      pen.drawImage(this.marks[post.label], Math.round(px), Math.round(py));
    }
    this.drawn = posts.length;
  }

  private drawTop(): void {
    this.dirty.top = false;
    const surface = fit(this.top, this.size);
    if (!surface) return;
    const { pen, ratio } = surface;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.size.width, this.size.height);
    const now = performance.now();
    this.rings = this.rings.filter((ring) => now - ring.since < RING_MS);
    for (const { x, y, since, label } of this.rings) {
      const age = (now - since) / RING_MS;
      pen.globalAlpha = 1 - age;
      pen.strokeStyle = colour(label);
      pen.lineWidth = 1.5;
      circle(pen, x * this.view.k + this.view.dx, y * this.view.k + this.view.dy, 3 + 14 * age);
    }
    pen.globalAlpha = 1;
    if (this.pickedPost) {
      const [x, y] = this.place(this.picked);
      pen.strokeStyle = colour("text");
      pen.lineWidth = 2;
      circle(pen, x, y, this.side);
    }
    if (this.rings.length) this.request("top");
  }

  private place(index: number): [number, number] {
    const { k, dx, dy } = this.view;
    return [(this.points.x[index] ?? 0) * k + dx, (this.points.y[index] ?? 0) * k + dy];
  }

  private toSheet(x: number, y: number): [number, number] {
    return [(x - this.view.dx) / this.view.k, (y - this.view.dy) / this.view.k];
  }
}

function circle(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.stroke();
}
