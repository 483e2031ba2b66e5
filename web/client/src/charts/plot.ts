/** The plot of sentiment over time: positive bars up, negative bars down, the rest as lines. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Gap, Label } from "../shared/api";
import { axes, smallEm } from "./axes";
import { hatchGaps, stripe } from "./hatching";
import { COUNT_KINDS, type CountKind } from "../shared/labels";
import type { Bins } from "../live/series";
import { colour } from "../shared/theme";
import type { Size } from "../map/viewport";

const BAR_ALPHA = "bf";

export class Plot {
  gaps: readonly Gap[] = [];
  /** The bins that were picked, from the first up to, not including, the last; null when none. */
  picked: readonly [number, number] | null = null;
  private readonly plot: uPlot;
  private bins: Bins | null = null;

  constructor(
    host: HTMLElement,
    size: Size,
    onPoint: (bin: number | null) => void,
    onPick: (bin: number) => void,
  ) {
    this.plot = new uPlot(this.options(size, onPoint), [[], ...COUNT_KINDS.map(() => [])], host);
    this.plot.over.addEventListener("click", () => {
      const at = this.plot.cursor.idx;
      if (typeof at === "number") onPick(at);
    });
  }

  resize(size: Size): void {
    this.plot.setSize(size);
  }

  show(bins: Bins, labels: ReadonlySet<Label>): void {
    this.bins = bins;
    const times = Array.from({ length: bins.n }, (_, i) => bins.from + i * bins.step);
    const rows = COUNT_KINDS.map((kind, row) => {
      const counts = bins.counts[row] ?? new Float64Array(bins.n);
      const label = labelOf(kind);
      const isIdle = label === "unknown" && !counts.some((n) => n > 0);
      if (isIdle || !labels.has(label)) return new Array<null>(bins.n).fill(null);
      return kind === "negative" ? Array.from(counts, (n) => -n) : Array.from(counts);
    });
    this.plot.setData([times, ...rows] as uPlot.AlignedData, false);
    this.plot.setScale("x", { min: bins.from, max: bins.from + (bins.n - 1) * bins.step });
  }

  /** Move the cursor by some bins; gives where it is. */
  step(by: number): number | null {
    if (!this.bins) return null;
    const last = this.bins.n - 1;
    const at = Math.max(0, Math.min(last, (this.plot.cursor.idx ?? last + 1) + by));
    const left = this.plot.valToPos(this.bins.from + at * this.bins.step, "x");
    this.plot.setCursor({ left, top: 4 });
    return at;
  }

  end(): void {
    this.plot.destroy();
  }

  private options(size: Size, onPoint: (bin: number | null) => void): uPlot.Options {
    const bars = uPlot.paths.bars?.({ size: [0.86, 40], align: 0 });
    const steps = uPlot.paths.stepped?.({ align: 1 });
    const em = smallEm();
    return {
      ...size,
      padding: [8, 2 * em, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: { x: { time: true }, y: { range: (_, low, high) => range(low, high) } },
      axes: axes(em),
      series: [
        {},
        ...COUNT_KINDS.map((kind): uPlot.Series => {
          const label = labelOf(kind);
          const isBar = label === "positive" || label === "negative";
          const paths = isBar ? bars : steps;
          return {
            stroke: colour(label),
            width: isBar ? 0 : 1.25,
            points: { show: false },
            ...(paths ? { paths } : {}),
            ...(isBar ? { fill: colour(label) + BAR_ALPHA } : {}),
            ...(label === "unknown" ? { dash: kind === label ? [3, 3] : [1, 4] } : {}),
          };
        }),
      ],
      hooks: {
        drawAxes: [(plot) => this.drawBehind(plot)],
        setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)],
      },
    };
  }

  private drawBehind(plot: uPlot): void {
    const { ctx: pen, bbox } = plot;
    pen.save();
    hatchGaps(plot, this.gaps);
    if (this.picked) stripe(plot, this.picked[0], this.picked[1], colour("picked"));
    pen.fillStyle = colour("muted");
    pen.fillRect(bbox.left, Math.round(plot.valToPos(0, "y", true)), bbox.width, 1);
    pen.restore();
  }
}

/** The label whose colour and filter a kind of count goes by. */
const labelOf = (kind: CountKind): Label => (kind === "not_labelled" ? "unknown" : kind);

function range(low: number, high: number): [number, number] {
  const top = Math.max(1, high || 0) * 1.1;
  const bottom = Math.min(-0.25 * top, (low || 0) * 1.1);
  return [bottom, top];
}
