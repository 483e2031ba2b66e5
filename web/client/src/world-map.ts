/** The world map on its canvases: sheet, points, and on top what moves. */
import type { Box, Post } from "./api";
import { coarseAtlas, fineAtlas, type Atlas } from "./atlas";
import { fit } from "./canvas";
import { boundsOf, boxPath } from "./globe";
import { Points } from "./points";
import { drawSheet } from "./sheet";
import { sprites, type Sprites } from "./sprites";
import { colour, isCalm } from "./theme";
import * as views from "./view";
import type { Bounds, Size, View } from "./view";

const FINE_FROM = 3.5;
const CLOSEST_HOME = 10;
const RING_MS = 900;
const MAX_RINGS = 8;
/** How often points are added: a canvas is costly to hand to the screen, however little changed. */
const TAKE_MS = 100;
const REACH = 12;

interface Ring {
  post: Post;
  since: number;
}

export interface Picked {
  post: Post;
  x: number;
  y: number;
}

export class WorldMap {
  readonly points = new Points();
  private boxes: Path2D[] = [];
  private home: Bounds | null = null;
  private size: Size = { width: 0, height: 0 };
  private view: View = { k: 1, dx: 0, dy: 0 };
  private atlas: Atlas | null = null;
  private hasFine = false;
  private marks: Sprites | null = null;
  private side = 8;
  private passes: ((post: Post) => boolean) | null = null;
  private rings: Ring[] = [];
  private fresh: Post[] = [];
  private timer = 0;
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
    this.look(first ? this.homeView() : views.bounded({ k, dx, dy }, size));
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

  /** Begin with these boxes in sight, the whole world when there are none. */
  focus(boxes: readonly Box[]): void {
    this.boxes = boxes.map(boxPath);
    this.home = boundsOf(boxes);
    if (this.size.width > 0) this.look(this.homeView());
  }

  /** Show the posts that pass a test; null shows all. */
  filter(passes: ((post: Post) => boolean) | null): void {
    if (!passes && !this.passes) return;
    this.passes = passes;
    this.request("points");
  }

  add(posts: readonly Post[]): void {
    for (const post of posts) if (post.coords) this.fresh.push(post);
    if (this.fresh.length) this.timer ||= window.setTimeout(() => this.takeFresh(), TAKE_MS);
  }

  private takeFresh(): void {
    const posts = this.fresh;
    this.fresh = [];
    this.timer = 0;
    if (this.points.add(posts)) {
      this.picked = this.pickedPost ? this.points.posts.indexOf(this.pickedPost) : -1;
      this.request("points");
    }
    if (posts.length <= MAX_RINGS / 2 && !isCalm()) this.ring(posts.length);
    this.request();
  }

  clear(): void {
    this.fresh = [];
    this.points.clear();
    this.rings = [];
    this.pick(-1);
    this.request("points");
  }

  /** Pick the point nearest to a place of the canvas. */
  pickAt(x: number, y: number): boolean {
    const found = this.points.near(x, y, this.view, REACH, this.passes);
    this.pick(found);
    return found >= 0;
  }

  /** Pick the next older (1) or newer (-1) point that is in sight. */
  step(by: 1 | -1): void {
    const { posts } = this.points;
    let at = this.picked < 0 ? posts.length : this.picked;
    for (at -= by; at >= 0 && at < posts.length; at -= by) {
      const post = posts[at];
      const passes = post && (!this.passes || this.passes(post));
      if (passes && this.isInside(at)) return this.pick(at);
    }
  }

  unpick(): void {
    this.pick(-1);
  }

  end(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
  }

  private homeView(): View {
    const { home, size } = this;
    return home ? views.around(home, size, CLOSEST_HOME) : views.whole(size);
  }

  private ring(posts: number): void {
    const { points } = this;
    for (let i = Math.max(0, points.size - posts); i < points.size; i++) {
      const post = points.posts[i];
      if (!post || this.rings.length >= MAX_RINGS || (this.passes && !this.passes(post))) continue;
      this.rings.push({ post, since: performance.now() });
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
    this.onPick(post && this.isInside(this.picked) ? { post, x, y } : null);
  }

  private isInside(index: number): boolean {
    const [x, y] = this.place(index);
    return x >= 0 && y >= 0 && x <= this.size.width && y <= this.size.height;
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
      if (surface) {
        drawSheet(surface.pen, this.atlas, this.view, this.size, surface.ratio);
        this.drawBoxes(surface.pen);
      }
      this.dirty.sheet = false;
    }
    if (this.dirty.points || this.drawn !== this.points.size) this.drawPoints();
    if (this.dirty.top) this.drawTop();
  }

  private drawBoxes(pen: CanvasRenderingContext2D): void {
    pen.lineWidth = 1.25 / this.view.k;
    pen.strokeStyle = colour("accent");
    for (const box of this.boxes) pen.stroke(box);
  }

  private drawPoints(): void {
    const surface = fit(this.dots, this.size);
    if (!surface) return;
    const { pen, ratio } = surface;
    if (!this.marks) {
      this.side = Math.max(7, Math.min(18, this.size.width / 110));
      this.marks = sprites(this.side, ratio);
    }
    if (this.dirty.points || this.drawn > this.points.size) {
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, this.dots.width, this.dots.height);
      this.drawn = 0;
      this.dirty.points = false;
    }
    pen.setTransform(1, 0, 0, 1, 0, 0);
    const { points, view } = this;
    const { posts } = points;
    const { width, height } = this.dots;
    for (let i = this.drawn; i < posts.length; i++) {
      const post = posts[i];
      if (!post || (this.passes && !this.passes(post))) continue;
      const [x, y] = points.at(i, view);
      const left = Math.round((x - this.side / 2) * ratio);
      const top = Math.round((y - this.side / 2) * ratio);
      if (left < -40 || top < -40 || left > width || top > height) continue;
      pen.drawImage(this.marks[post.label], left, top);
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
    pen.lineWidth = 1.5;
    for (const { post, since } of this.rings) {
      const index = this.points.posts.lastIndexOf(post);
      if (index < 0) continue;
      const [x, y] = this.place(index);
      const age = (now - since) / RING_MS;
      pen.globalAlpha = 1 - age;
      pen.strokeStyle = colour(post.label);
      circle(pen, x, y, 3 + 14 * age);
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
    return this.points.at(index, this.view);
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
