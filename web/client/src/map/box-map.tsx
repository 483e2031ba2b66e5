/** The map beside the form: draw a box where no name fits. */
import { useSignal, useSignalEffect, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Box } from "../shared/api";
import { BoxDrawing } from "./box-drawing";
import { watchSize } from "../shared/canvas";
import type { Draft } from "../streams/stream-draft";
import { listen } from "./gestures";
import { colours } from "../shared/theme";
import { Icon } from "../shared/icon";

interface Props {
  draft: Signal<Draft>;
  /** The box of the place that is named; shown until one is drawn. */
  found: Signal<Box | null>;
  change: (part: Partial<Draft>) => void;
}

export function BoxMap({ draft, found, change }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const made = useRef<BoxDrawing | null>(null);
  const draws = useSignal(false);

  useEffect(() => {
    const host = canvas.current;
    if (!host) return;
    const map = new BoxDrawing(host);
    made.current = map;
    map.show(draft.peek().box ?? found.peek());
    const done = (): void => {
      const box = map.finish();
      draws.value = false;
      if (box) change({ box, place: "" });
      else map.show(draft.peek().box ?? found.peek());
    };
    const ends = [
      pen(host, map, draws, done),
      watchSize(host, (size) => map.resize(size)),
      listen(host, {
        move: (dx, dy) => map.move(dx, dy),
        zoom: (factor, x, y) => map.zoom(factor, x, y),
        whole: () => map.whole(),
      }),
    ];
    return () => {
      ends.forEach((end) => end());
      map.end();
    };
  }, []);

  useSignalEffect(() => {
    colours.value;
    made.current?.show(draft.value.box ?? found.value);
  });
  useSignalEffect(() => {
    if (found.value) made.current?.focus(found.value);
  });

  return (
    <div class="panel box-panel">
      <div class="panel-head">
        <h3>Or draw the place</h3>
        <button
          type="button"
          aria-pressed={draws.value}
          onClick={() => (draws.value = !draws.value)}
        >
          <Icon name="draw" /> {draws.value ? "Drag on the map…" : "Draw a box"}
        </button>
      </div>
      <div class="map-frame">
        <canvas
          ref={canvas}
          class={draws.value ? "draws" : ""}
          tabIndex={0}
          role="img"
          aria-label="World map on which a box can be drawn with a pointer"
        />
        <div class="map-zooms">
          <button type="button" class="tool" aria-label="Zoom in" onClick={() => made.current?.zoom(1.8)}>
            <Icon name="add" />
          </button>
          <button type="button" class="tool" aria-label="Zoom out" onClick={() => made.current?.zoom(1 / 1.8)}>
            <Icon name="minus" />
          </button>
        </div>
      </div>
    </div>
  );
}

/** While `draws` holds, a drag draws a box, before the map's own gestures see it. */
function pen(
  host: HTMLCanvasElement,
  map: BoxDrawing,
  draws: Signal<boolean>,
  done: () => void,
): () => void {
  const ended = new AbortController();
  const options = { signal: ended.signal, capture: true };
  let down = false;
  host.addEventListener(
    "pointerdown",
    (event) => {
      if (!draws.peek()) return;
      event.stopImmediatePropagation();
      host.setPointerCapture(event.pointerId);
      down = true;
      map.beginAt(event.offsetX, event.offsetY);
    },
    options,
  );
  host.addEventListener("pointermove", (event) => down && map.drawTo(event.offsetX, event.offsetY), options);
  for (const end of ["pointerup", "pointercancel"] as const) {
    host.addEventListener(
      end,
      () => {
        if (down) done();
        down = false;
      },
      options,
    );
  }
  return () => ended.abort();
}
