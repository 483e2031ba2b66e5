/** Sentiment over time: by second, minute or hour; a click shows the posts of that moment. */
import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { watchSize } from "../shared/canvas";
import * as history from "../live/history";
import * as filters from "../live/filters";
import { count, dayTime, time } from "../shared/format";
import * as live from "../live/live";
import { COUNT_KINDS, LABELS, LABEL_NAMES } from "../shared/labels";
import { Plot } from "./plot";
import type { Bins, Step } from "../live/series";
import { colours } from "../shared/theme";
import { LabelIcon } from "../shared/label-icon";

const STEPS: readonly Step[] = ["second", "minute", "hour"];
const NOT_LABELLED = COUNT_KINDS.indexOf("not_labelled");
const REDRAW_MS = 1000;
const OLDER_MS = 600_000;

const shown = signal<Bins | null>(null);
const pointed = signal<number | null>(null);

export function ChartPanel() {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);

  const redraw = (): void => {
    if (!plot.current) return;
    const bins = history.bins(history.step.peek());
    shown.value = bins;
    plot.current.gaps = history.gaps();
    const moment = filters.moment.peek();
    plot.current.picked = moment ? [moment.from / 1000, moment.to / 1000] : null;
    plot.current.show(bins, filters.labels.peek());
  };

  useEffect(() => {
    const host = frame.current;
    if (!host) return;
    const unwatch = watchSize(host, (size) => {
      if (size.width === 0) return;
      if (plot.current) plot.current.resize(size);
      else plot.current = new Plot(host, size, (bin) => (pointed.value = bin), pick);
      redraw();
    });
    const ticking = window.setInterval(() => live.paused.peek() || redraw(), REDRAW_MS);
    const older = window.setInterval(() => void history.readOlder().catch(() => 0), OLDER_MS);
    return () => {
      unwatch();
      clearInterval(ticking);
      clearInterval(older);
      plot.current?.end();
      plot.current = null;
    };
  }, []);

  useSignalEffect(() => {
    colours.value;
    const host = frame.current;
    if (!host || !plot.current) return;
    plot.current.end();
    const size = { width: host.clientWidth, height: host.clientHeight };
    plot.current = new Plot(host, size, (bin) => (pointed.value = bin), pick);
    redraw();
  });
  useSignalEffect(() => {
    live.epoch.value;
    void history.readOlder().catch(() => 0);
  });
  useSignalEffect(() => {
    [history.step.value, history.read.value, filters.choice.value, live.epoch.value, live.paused.value];
    redraw();
  });

  return (
    <section class="panel chart-panel" aria-labelledby="chart-title">
      <header class="panel-head">
        <h2 id="chart-title">Sentiment over time</h2>
        <Steps />
      </header>
      <div
        class="chart"
        ref={frame}
        tabIndex={0}
        role="img"
        aria-label={summary(shown.value)}
        aria-describedby="chart-keys"
        onKeyDown={(event) => {
          const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
          if (by) pointed.value = plot.current?.step(by) ?? null;
          else if (event.key === "Enter" && pointed.value !== null) pick(pointed.value);
          else if (event.key === "Escape") filters.moment.value = null;
          else return;
          event.preventDefault();
        }}
      />
      <p id="chart-keys" class="hidden">
        Left and right arrow keys move through time, Enter shows the posts of that moment, Escape
        shows all again.
      </p>
      <Legend />
    </section>
  );
}

function pick(bin: number): void {
  const bins = shown.peek();
  if (!bins) return;
  const from = (bins.from + bin * bins.step) * 1000;
  const to = from + bins.step * 1000;
  filters.moment.value = { from, to };
}

function Steps() {
  return (
    <div class="segments" role="group" aria-label="Step of the chart">
      {STEPS.map((step) => (
        <button
          key={step}
          aria-pressed={history.step.value === step}
          onClick={() => (history.step.value = step)}
        >
          {step}
        </button>
      ))}
    </div>
  );
}

function Legend() {
  const bins = shown.value;
  const at = pointed.value;
  const start = bins && at !== null ? (bins.from + at * bins.step) * 1000 : null;
  const when = start === null || !bins ? null : bins.step === 1 ? time(start) : dayTime(start);
  return (
    <div class="chart-legend">
      <ul class="legend">
        {LABELS.map((label, row) => (
          <li key={label}>
            <LabelIcon label={label} /> {LABEL_NAMES[label]} <b>{count(countOf(bins, row, at))}</b>
          </li>
        ))}
        {countOf(bins, NOT_LABELLED, null) > 0 && (
          <li>
            Not labelled in time <b>{count(countOf(bins, NOT_LABELLED, at))}</b>
          </li>
        )}
        {countGaps(bins) > 0 && (
          <li>
            <span class="swatch hatched" aria-hidden="true" /> not connected
          </li>
        )}
      </ul>
      <p class="panel-note" aria-live="polite">
        {when && `${when} · click for its posts`}
        {when && <span class="hidden">{named(bins, at)}</span>}
        {!when && filters.isFine.value && "posts in memory only"}
      </p>
    </div>
  );
}

function countOf(bins: Bins | null, row: number, at: number | null): number {
  const counts = bins?.counts[row];
  if (!counts) return 0;
  return at === null ? counts.reduce((sum, n) => sum + n, 0) : (counts[at] ?? 0);
}

/** The counts at a bin, or of all, in words. */
const named = (bins: Bins | null, at: number | null): string =>
  COUNT_KINDS.filter((kind, row) => kind !== "not_labelled" || countOf(bins, row, null) > 0)
    .map((kind, row) => `${count(countOf(bins, row, at))} ${kind.replace("_", " ")}`)
    .join(", ");

/** How often the streams were not listened to in that time. */
function countGaps(bins: Bins | null): number {
  const from = (bins?.from ?? 0) * 1000;
  return history.gaps().filter((gap) => gap.to === null || gap.to > from).length;
}

/** The same, in words. */
function gapsIn(bins: Bins | null): string {
  const n = countGaps(bins);
  return n ? `, ${n} ${n === 1 ? "gap" : "gaps"}` : "";
}

function summary(bins: Bins | null): string {
  const span = { second: "three minutes", minute: "three hours", hour: "seven days" };
  return `Chart of the last ${span[history.step.value]}: ${named(bins, null)}${gapsIn(bins)}`;
}
