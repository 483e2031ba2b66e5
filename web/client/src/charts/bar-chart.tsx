/** A chart of posts over time: bars to look at, words to listen to, and a table of its numbers. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Gap } from "../shared/api";
import { BarPlot, type Bars } from "./bar-plot";
import { gapsIn, inWords, momentOf } from "./bars";
import { watchSize } from "../shared/canvas";
import { count, posts } from "../shared/format";
import { colours } from "../shared/theme";

interface Props {
  title: string;
  note: string;
  bars: Bars;
  gaps: readonly Gap[];
  byDay?: boolean;
}

export function BarChart({ title, note, bars, gaps, byDay = false }: Props) {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<BarPlot | null>(null);
  const pointed = useSignal<number | null>(null);
  const last = useRef({ bars, gaps });
  last.current = { bars, gaps };

  const draw = (): void => {
    if (!plot.current) return;
    plot.current.gaps = last.current.gaps;
    plot.current.show(last.current.bars);
  };
  const make = (host: HTMLElement): void => {
    plot.current?.end();
    const size = { width: host.clientWidth, height: host.clientHeight };
    plot.current = size.width ? new BarPlot(host, size, byDay, (bar) => (pointed.value = bar)) : null;
    draw();
  };
  useEffect(() => {
    const host = frame.current;
    if (!host) return;
    const unwatch = watchSize(host, (size) => {
      if (!plot.current) make(host);
      else if (size.width) plot.current.resize(size);
    });
    return () => {
      unwatch();
      plot.current?.end();
      plot.current = null;
    };
  }, []);
  useSignalEffect(() => {
    colours.value;
    if (frame.current && plot.current) make(frame.current);
  });
  useEffect(draw, [bars, gaps]);

  const words = inWords(bars, gaps);
  const at = pointed.value;
  const hatched = gapsIn(bars, gaps).length > 0;
  return (
    <section class="panel bars-panel" aria-labelledby={id}>
      <header class="panel-head">
        <h3 id={id}>{title}</h3>
        <p class="panel-note">{note}</p>
      </header>
      <div
        class="chart"
        ref={frame}
        tabIndex={0}
        role="img"
        aria-label={`${title}, ${note}: ${words}`}
        aria-describedby={`${id}-keys`}
        onKeyDown={(event) => {
          const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
          if (!by) return;
          pointed.value = plot.current?.step(by) ?? null;
          event.preventDefault();
        }}
      />
      <p id={`${id}-keys`} class="hidden">
        Left and right arrow keys move through time.
      </p>
      <div class="bars-foot">
        {at === null && <p>{words}</p>}
        <p aria-live="polite">
          {at !== null && `${momentOf(bars, at)}: ${posts(bars.counts[at] ?? 0)}`}
        </p>
        {hatched && (
          <p class="muted">
            <span class="swatch hatched" aria-hidden="true" /> not connected
          </p>
        )}
      </div>
      <Numbers bars={bars} byDay={byDay} />
    </section>
  );
}

function Numbers({ bars, byDay }: { bars: Bars; byDay: boolean }) {
  const open = useSignal(false);
  const rows = open.value ? Array.from(bars.counts, (n, at) => ({ n, at })).filter(({ n }) => n) : [];
  return (
    <details class="numbers" onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>As numbers</summary>
      <div class="scrolls" tabIndex={0} role="group" aria-label="Numbers of the chart">
        <table>
          <thead>
            <tr>
              <th scope="col">{byDay ? "Day (UTC)" : "Minute"}</th>
              <th scope="col" class="number">
                Posts
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.reverse().map(({ n, at }) => (
              <tr key={at}>
                <th scope="row">{momentOf(bars, at)}</th>
                <td class="number">{count(n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {!rows.length && <p class="muted">No posts in this time.</p>}
      </div>
    </details>
  );
}
