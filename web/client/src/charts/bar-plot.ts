/** The plot of one count over time, as bars, with gaps hatched. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Gap } from "../shared/api";
import { axes, smallEm } from "./axes";
import { hatchGaps } from "./hatching";
import { colour } from "../shared/theme";
import type { Size } from "../map/viewport";

const ALPHA = "d9";
const DAY = 86_400;

/** Counts of steps from `from` on (seconds since the epoch); `step` in seconds. */
export interface Bars {
  from: number;
  step: number;
  counts: ArrayLike<number>;
}

const DAYS: uPlot.Axis.DynamicValues = (_, ticks) =>
  ticks.map((at) =>
    at % DAY
      ? ""
      : new Date(at * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }),
  );

export class BarPlot {
  gaps: readonly Gap[] = [];
  private readonly plot: uPlot;
  private bars: Bars | null = null;

  /** `byDay` plots days as UTC has them. */
  constructor(host: HTMLElement, size: Size, byDay: boolean, onPoint: (bar: number | null) => void) {
    const em = smallEm();
    const paths = uPlot.paths.bars?.({ size: [0.82, 36], align: 1 });
    this.plot = new uPlot(
      {
        ...size,
        padding: [8, 2 * em, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
        ...(byDay ? { tzDate: (at: number) => uPlot.tzDate(new Date(at * 1000), "UTC") } : {}),
        scales: { x: { time: true }, y: { range: (_, _low, high) => [0, 1.1 * Math.max(1, high || 0)] } },
        axes: byDay ? axes(em, DAYS) : axes(em),
        series: [
          {},
          { width: 0, fill: colour("accent") + ALPHA, points: { show: false }, ...(paths ? { paths } : {}) },
        ],
        hooks: {
          drawAxes: [(plot) => hatchGaps(plot, this.gaps)],
          setCursor: [() => onPoint(this.pointed())],
        },
      },
      [[], []],
      host,
    );
  }

  resize(size: Size): void {
    this.plot.setSize(size);
  }

  show(bars: Bars): void {
    this.bars = bars;
    const counts = Array.from(bars.counts);
    this.plot.setData([counts.map((_, i) => bars.from + i * bars.step), counts], false);
    this.plot.setScale("x", { min: bars.from, max: bars.from + counts.length * bars.step });
  }

  /** Move the cursor by some bars; gives where it is. */
  step(by: number): number | null {
    if (!this.bars?.counts.length) return null;
    const { from, step, counts } = this.bars;
    const last = counts.length - 1;
    const at = Math.max(0, Math.min(last, (this.pointed() ?? last + 1) + by));
    this.plot.setCursor({ left: this.plot.valToPos(from + (at + 0.5) * step, "x"), top: 4 });
    return at;
  }

  /** The bar below the cursor. */
  private pointed(): number | null {
    const { left } = this.plot.cursor;
    if (!this.bars || left === undefined || left < 0) return null;
    const at = Math.floor((this.plot.posToVal(left, "x") - this.bars.from) / this.bars.step);
    return at >= 0 && at < this.bars.counts.length ? at : null;
  }

  end(): void {
    this.plot.destroy();
  }
}
