/** The map of the live view: posts where they were written, in the colour and shape of their mood. */
import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Box } from "../shared/api";
import { watchSize } from "../shared/canvas";
import { choice, matcher } from "../live/filters";
import { posts as inPosts } from "../shared/format";
import { pointsNote } from "../live/coverage";
import { listen } from "./gestures";
import * as live from "../live/live";
import { LABELS, LABEL_NAMES } from "../shared/labels";
import { byId } from "../streams/streams";
import { emptyMap } from "../shared/sources";
import { colours } from "../shared/theme";
import { WorldMap, type Picked } from "./world-map";
import { Icon } from "../shared/icon";
import { LabelIcon } from "../shared/label-icon";
import { Popover } from "../shared/popover";

const picked = signal<Picked | null>(null);
const pinned = signal(false);
const zoom = signal(1);
const points = signal<{ size: number; seen: number; passing: number | null }>({ size: 0, seen: 0, passing: null });

export function MapPanel() {
  const frame = useRef<HTMLDivElement>(null);
  const map = useRef<WorldMap | null>(null);

  useEffect(() => {
    const host = frame.current;
    const [sheet, dots, top] = host?.querySelectorAll("canvas") ?? [];
    if (!host || !sheet || !dots || !top) return;
    const made = new WorldMap(
      sheet,
      dots,
      top,
      (now) => (picked.value = now),
      (now) => (zoom.value = now),
    );
    map.current = made;
    made.focus(boxes());
    made.add([...live.memory.newest()].reverse());
    const ends = [
      watchSize(host, (size) => made.resize(size)),
      live.onPosts((posts) => made.add(posts)),
      listen(top, gestures(made)),
    ];
    return () => {
      ends.forEach((end) => end());
      made.end();
    };
  }, []);

  useSignalEffect(() => {
    live.epoch.value;
    map.current?.clear();
    map.current?.focus(boxes());
  });
  useSignalEffect(() => {
    if (live.gone.value) map.current?.remove(live.gone.value);
  });
  useSignalEffect(() => {
    const later = live.laterVersion.value;
    if (later) map.current?.remove((post) => later(post) !== undefined);
  });
  useSignalEffect(() => {
    colours.value;
    map.current?.repaint();
  });
  useSignalEffect(() => {
    live.beat.value;
    live.epoch.value;
    const passes = matcher(choice.value);
    const made = map.current?.points;
    if (made) points.value = { size: made.size, seen: made.seen, passing: made.passing(passes) };
  });
  useSignalEffect(() => {
    map.current?.filter(matcher(choice.value));
  });

  return (
    <section class="panel map-panel" aria-labelledby="map-title">
      <header class="panel-head">
        <h2 id="map-title">Map</h2>
        <Caption />
      </header>
      <div class="map-frame" ref={frame}>
        <canvas aria-hidden="true" />
        <canvas aria-hidden="true" />
        <canvas
          class="map-top"
          tabIndex={0}
          role="img"
          aria-label={`World map with ${inPosts(points.value.passing ?? points.value.size)}`}
          aria-describedby="map-keys"
        />
        <p id="map-keys" class="hidden">
          Arrow keys move, plus and minus zoom, 0 shows the world, N and P step through the posts,
          which are listed under Live feed as well.
        </p>
        <Zooms map={map} />
        {points.value.size === 0 && <p class="map-empty">{emptyMap(sourcesShown())}</p>}
        {picked.value && (
          <Popover
            at={picked.value}
            pinned={pinned.value}
            close={() => {
              pinned.value = false;
              map.current?.pick(null);
            }}
          />
        )}
      </div>
      <ul class="legend map-legend" aria-label="Marks">
        {LABELS.map((label) => (
          <li key={label}>
            <LabelIcon label={label} /> {LABEL_NAMES[label]}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The places of the streams that are shown; none when one of them is about the whole world. */
function boxes(): Box[] {
  const places = [...live.subscriptions.keys()].map((id) => byId.peek().get(id)?.filter.place?.box);
  return places.every((box) => box !== undefined) ? places : [];
}

function sourcesShown(): string[] {
  live.epoch.value; // which streams are shown has changed
  return [...live.subscriptions.keys()].flatMap((id) => byId.value.get(id)?.sources ?? []);
}

function gestures(map: WorldMap): Parameters<typeof listen>[1] {
  const unpin = (): void => {
    pinned.value = false;
    map.pick(null);
  };
  return {
    move: (dx, dy) => map.move(dx, dy),
    zoom: (factor, x, y) => map.zoom(factor, x, y),
    whole: () => map.whole(),
    hover: (at) => {
      if (pinned.value) return;
      if (at) map.pickAt(at.x, at.y);
      else map.pick(null);
    },
    press: (x, y) => {
      pinned.value = map.pickAt(x, y);
    },
    key: (key) => {
      const step = { n: 1, p: -1 }[key.toLowerCase()] as 1 | -1 | undefined;
      if (step) {
        map.step(step);
        pinned.value = true;
      } else if (key === "Escape") unpin();
      return step !== undefined || key === "Escape";
    },
  };
}

function Caption() {
  const { size, seen, passing } = points.value;
  return <p class="panel-note">{pointsNote(size, seen, passing)}</p>;
}

function Zooms({ map }: { map: { current: WorldMap | null } }) {
  return (
    <div class="map-zooms">
      <button class="tool" aria-label="Zoom in" onClick={() => map.current?.zoom(1.6)}>
        <Icon name="add" />
      </button>
      <button
        class="tool"
        aria-label="Zoom out"
        disabled={zoom.value <= 1.001}
        onClick={() => map.current?.zoom(1 / 1.6)}
      >
        <Icon name="minus" />
      </button>
      <button class="tool" aria-label="Whole world" onClick={() => map.current?.whole()}>
        <Icon name="globe" />
      </button>
    </div>
  );
}
