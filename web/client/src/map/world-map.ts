/** The world map: what is in view, which posts are on it, and which of them is picked. */
import type { Box, Post } from "../shared/api";
import { coarseAtlas, fineAtlas, type WorldTopology } from "./topology";
import { fit } from "../shared/canvas";
import { boundsOf, boxPath, type Bounds } from "./globe";
import { PointLayer } from "./point-layer";
import { Points } from "./points";
import { drawBasemap } from "./basemap";
import { colour } from "../shared/theme";
import { TopLayer } from "../shared/top-layer";
import * as views from "./viewport";
import type { Size, View } from "./viewport";

const FINE_FROM = 3.5;
const CLOSEST_HOME = 10;
const REACH = 12;
/** How often points are added: a canvas is costly to hand to the screen, however little changed. */
const TAKE_MS = 100;

export interface Picked {
  post: Post;
  x: number;
  y: number;
}

export class WorldMap {
  readonly points = new Points();
  private readonly dots: PointLayer;
  private readonly top: TopLayer;
  private size: Size = { width: 0, height: 0 };
  private view: View = { k: 1, dx: 0, dy: 0 };
  private home: Bounds | null = null;
  private boxes: Path2D[] = [];
  private topology: WorldTopology | null = null;
  private hasFine = false;
  private passes: ((post: Post) => boolean) | null = null;
  private picked: Post | null = null;
  private fresh: Post[] = [];
  private timer = 0;
  private frame = 0;
  private dirty = { sheet: true, dots: true, top: true };

  constructor(
    private readonly sheet: HTMLCanvasElement,
    dots: HTMLCanvasElement,
    top: HTMLCanvasElement,
    private readonly onPick: (picked: Picked | null) => void,
    private readonly onView: (zoom: number) => void,
  ) {
    this.dots = new PointLayer(dots, this.points);
    this.top = new TopLayer(top);
    coarseAtlas().then(
      (topology) => this.take(topology),
      () => undefined,
    );
  }

  resize(size: Size): void {
    const isFirst = this.size.width === 0;
    const x = (this.size.width / 2 - this.view.dx) / this.view.k;
    const y = (this.size.height / 2 - this.view.dy) / this.view.k;
    const zoom = isFirst ? 1 : views.zoomOf(this.view, this.size);
    this.size = size;
    this.dots.forget();
    if (isFirst) return this.look(this.homeView());
    const k = views.whole(size).k * zoom;
    const moved = { k, dx: size.width / 2 - x * k, dy: size.height / 2 - y * k };
    this.look(views.bounded(moved, size));
  }

  /** Take the colours anew. */
  repaint(): void {
    this.dots.forget();
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
    this.request("dots");
  }

  add(posts: readonly Post[]): void {
    for (const post of posts) if (post.coords) this.fresh.push(post);
    if (this.fresh.length) this.timer ||= window.setTimeout(() => this.takeFresh(), TAKE_MS);
  }

  /** Let go of the posts for which a test holds. */
  remove(isGone: (post: Post) => boolean): void {
    this.fresh = this.fresh.filter((post) => !isGone(post));
    this.points.remove(isGone);
    if (this.picked && isGone(this.picked)) this.pick(null);
    this.request("dots");
    this.request("top");
  }

  clear(): void {
    this.fresh = [];
    this.points.clear();
    this.top.clear();
    this.pick(null);
    this.request("dots");
  }

  /** Pick the point nearest to a place of the canvas; false when none is near. */
  pickAt(x: number, y: number): boolean {
    const found = this.points.near(x, y, this.view, REACH, this.passes);
    this.pick(this.points.posts[found] ?? null);
    return found >= 0;
  }

  /** Pick the next older (1) or newer (-1) point that is in sight. */
  step(by: 1 | -1): void {
    const { posts } = this.points;
    let at = this.picked ? posts.indexOf(this.picked) : posts.length;
    for (at -= by; at >= 0 && at < posts.length; at -= by) {
      const post = posts[at];
      const passes = post && (!this.passes || this.passes(post));
      if (passes && this.isInside(this.points.at(at, this.view))) return this.pick(post);
    }
  }

  pick(post: Post | null): void {
    if (post === this.picked) return;
    this.picked = post;
    this.tell();
    this.request("top");
  }

  end(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
  }

  private takeFresh(): void {
    const posts = this.fresh;
    this.fresh = [];
    this.timer = 0;
    if (this.points.add(posts)) this.request("dots");
    this.top.ring(posts.filter((post) => !this.passes || this.passes(post)));
    this.request("top");
  }

  private tell(): void {
    const at = this.picked && this.placeOf(this.picked);
    const isSeen = at && this.isInside(at);
    this.onPick(this.picked && isSeen ? { post: this.picked, x: at[0], y: at[1] } : null);
  }

  private readonly placeOf = (post: Post): [number, number] | null => {
    const index = this.points.posts.lastIndexOf(post);
    return index < 0 ? null : this.points.at(index, this.view);
  };

  private isInside([x, y]: readonly [number, number]): boolean {
    return x >= 0 && y >= 0 && x <= this.size.width && y <= this.size.height;
  }

  private homeView(): View {
    const { home, size } = this;
    return home ? views.around(home, size, CLOSEST_HOME) : views.whole(size);
  }

  private take(topology: WorldTopology): void {
    this.topology = topology;
    this.request("sheet");
  }

  private look(view: View): void {
    this.view = view;
    const zoom = views.zoomOf(view, this.size);
    if (zoom >= FINE_FROM && !this.hasFine) {
      this.hasFine = true;
      fineAtlas().then(
        (topology) => this.take(topology),
        () => (this.hasFine = false),
      );
    }
    this.onView(zoom);
    if (this.picked) this.tell();
    this.redraw();
  }

  private redraw(): void {
    this.dirty = { sheet: true, dots: true, top: true };
    this.request("sheet");
  }

  private request(layer: keyof WorldMap["dirty"]): void {
    this.dirty[layer] = true;
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    if (this.size.width === 0) return;
    const { view, size, dirty } = this;
    this.dirty = { sheet: false, dots: false, top: false };
    if (dirty.sheet) this.drawBasemap();
    if (dirty.dots || this.dots.isBehind) this.dots.draw(view, size, this.passes, dirty.dots);
    if (!dirty.top) return;
    const moves = this.top.draw(size, this.placeOf, this.picked, this.dots.side);
    if (moves) this.request("top");
  }

  private drawBasemap(): void {
    const surface = fit(this.sheet, this.size);
    if (!surface) return;
    const { pen, ratio } = surface;
    drawBasemap(pen, this.topology, this.view, this.size, ratio);
    pen.lineWidth = 1.25 / this.view.k;
    pen.strokeStyle = colour("accent");
    for (const box of this.boxes) pen.stroke(box);
  }
}
