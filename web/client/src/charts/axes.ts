/** The axes of plots: times below, counts on the left, in the colours of the theme. */
import type uPlot from "uplot";
import { short } from "../shared/format";
import { colour } from "../shared/theme";

const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
/** Seconds since the epoch as clock times; days where the clock says nothing. */
const CLOCK: uPlot.Axis.DynamicValues = (_, ticks, _axis, _space, step) =>
  ticks.map((at) => {
    const date = new Date(at * 1000);
    const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
    const clock = date.toLocaleTimeString("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      ...(step < 60 ? { second: "2-digit" as const } : {}),
    });
    return step >= 43_200 || (step >= 3600 && date.getHours() === 0) ? day : clock;
  });
const COUNTS: uPlot.Axis.DynamicValues = (_, ticks) =>
  ticks.map((n) => (Number.isInteger(n) ? short(Math.abs(n)) : ""));

/** The size of small text in pixels, whole ones: uPlot scales no others to sharp screens. */
export const smallEm = (): number =>
  Math.round(0.78 * parseFloat(getComputedStyle(document.documentElement).fontSize));

export function axes(em: number, times: uPlot.Axis.DynamicValues = CLOCK): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    font: `${em}px ${FAMILY}`,
    stroke: colour("muted"),
    grid: { stroke: colour("rule"), width: 1 },
    ticks: { show: false },
  };
  return [
    { ...axis, values: times, size: 2.4 * em, space: 7 * em },
    { ...axis, values: COUNTS, size: 3.6 * em, space: 2.5 * em },
  ];
}
