/** A small map on which a box can be drawn. */
import type { Box } from "../shared/api";
import { coarseAtlas, fineAtlas, type WorldTopology } from "./topology";
import { fit } from "../shared/canvas";
import { boundsOf, boxPath, project, unproject } from "./globe";
import { drawBasemap } from "./basemap";
import { colour } from "../shared/theme";
import * as views from "./viewport";
import type { Size, View } from "./viewport";

const FINE_FROM = 3.5;
const LEAST = 6;
const CLOSEST = 12;

/** The box between two corners of the base map; rounded to about a kilometre. */
export function boxBetween(a: readonly [number, number], b: readonly [number, number]): Box {
  const round = (degrees: number): number => Math.round(degrees * 100) / 100;
  return [
    round(Math.min(a[0], b[0])),
    round(Math.min(a[1], b[1])),
    round(Math.max(a[0], b[0])),
    round(Math.max(a[1], b[1])),
  ];
}

export class BoxDrawing {
  private size: Size = { width: 0, height: 0 };
  private view: View = { k: 1, dx: 0, dy: 0 };
  private topology: WorldTopology | null = null;
  private box: Box | null = null;
  private corner: [number, number] | null = null;
  private frame = 0;

  constructor(private readonly canvas: HTMLCanvasElement) {
    coarseAtlas().then(
      (topology) => this.take(topology),
      () => undefined,
    );
  }

  resize(size: Size): void {
    this.size = size;
    this.look(this.box ? this.viewOf(this.box) : views.whole(size));
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

  /** Bring a box into sight. */
  focus(box: Box): void {
    if (this.size.width > 0) this.look(this.viewOf(box));
  }

  /** Show a box, as it was drawn or found; null shows none. */
  show(box: Box | null): void {
    this.box = box;
    this.repaint();
  }

  beginAt(x: number, y: number): void {
    this.corner = this.globe(x, y);
  }

  drawTo(x: number, y: number): void {
    if (this.corner) this.show(boxBetween(this.corner, this.globe(x, y)));
  }

  /** The box that was drawn; null when it is too small to be meant. */
  finish(): Box | null {
    this.corner = null;
    if (!this.box) return null;
    const [west, south, east, north] = this.box;
    const [left, bottom] = project(west, south);
    const [right, top] = project(east, north);
    const sides = [Math.abs(right - left), Math.abs(bottom - top)];
    return Math.min(...sides) * this.view.k < LEAST ? null : this.box;
  }

  repaint(): void {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  end(): void {
    cancelAnimationFrame(this.frame);
  }

  private take(topology: WorldTopology): void {
    if (this.topology === topology) return;
    this.topology = topology;
    this.repaint();
  }

  private look(view: View): void {
    this.view = view;
    if (views.zoomOf(view, this.size) > FINE_FROM) {
      fineAtlas().then(
        (topology) => this.take(topology),
        () => undefined,
      );
    }
    this.repaint();
  }

  private viewOf(box: Box): View {
    const bounds = boundsOf([box]);
    return bounds ? views.around(bounds, this.size, CLOSEST) : views.whole(this.size);
  }

  private globe(x: number, y: number): [number, number] {
    return unproject((x - this.view.dx) / this.view.k, (y - this.view.dy) / this.view.k);
  }

  private draw(): void {
    this.frame = 0;
    const surface = fit(this.canvas, this.size);
    if (!surface) return;
    const { pen, ratio } = surface;
    drawBasemap(pen, this.topology, this.view, this.size, ratio);
    if (!this.box) return;
    const path = boxPath(this.box);
    pen.fillStyle = colour("box");
    pen.fill(path);
    pen.lineWidth = 2 / this.view.k;
    pen.strokeStyle = colour("accent");
    pen.stroke(path);
  }
}
