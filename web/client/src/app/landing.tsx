/** What somebody sees who is not signed in. */
import { useEffect, useRef } from "preact/hooks";
import { coarseAtlas, type WorldTopology } from "../map/topology";
import { fit, watchSize } from "../shared/canvas";
import { drawBasemap } from "../map/basemap";
import { colours } from "../shared/theme";
import { whole, type Size } from "../map/viewport";
import { LabelIcon } from "../shared/label-icon";
import { SignInPanel } from "../account/sign-in-panel";

export function Landing() {
  return (
    <main class="landing" id="main">
      <Backdrop />
      <div class="landing-words">
        <h2>How people feel about it, as they write it.</h2>
        <p>
          Name a word, a place, or both. Weir reads the posts as they come, tells{" "}
          <span class="inline-mark">
            <LabelIcon label="positive" /> positive
          </span>{" "}
          from{" "}
          <span class="inline-mark">
            <LabelIcon label="neutral" /> neutral
          </span>{" "}
          and{" "}
          <span class="inline-mark">
            <LabelIcon label="negative" /> negative
          </span>
          , and shows them here within a blink.
        </p>
        <SignInPanel />
        <p class="muted">
          Weir reads your name and picture, and nothing else. It never posts. Only you see your streams.
        </p>
      </div>
    </main>
  );
}

function Backdrop() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const host = canvas.current;
    if (!host) return;
    let topology: WorldTopology | null = null;
    let size: Size = { width: 0, height: 0 };
    const draw = (): void => {
      const surface = fit(host, size);
      if (surface) drawBasemap(surface.pen, topology, whole(size), size, surface.ratio);
    };
    coarseAtlas().then(
      (read) => {
        topology = read;
        draw();
      },
      () => undefined,
    );
    const unwatch = watchSize(host, (now) => {
      size = now;
      draw();
    });
    const unlisten = colours.subscribe(draw);
    return () => {
      unwatch();
      unlisten();
    };
  }, []);
  return <canvas class="backdrop" ref={canvas} aria-hidden="true" />;
}
