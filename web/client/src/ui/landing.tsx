/** What somebody sees who is not signed in. */
import { useEffect, useRef } from "preact/hooks";
import { coarseAtlas, type Atlas } from "../atlas";
import { fit, watchSize } from "../canvas";
import { drawSheet } from "../sheet";
import { colours } from "../theme";
import { whole, type Size } from "../view";
import { Mark } from "./mark";
import { SignInButton } from "./sign-in";

export function Landing() {
  return (
    <main class="landing" id="main">
      <Backdrop />
      <div class="landing-words">
        <h2>The mood of a moment, as it is written.</h2>
        <p>
          Name a word, a place, or both. Weir reads the posts as they come, tells{" "}
          <span class="inline-mark">
            <Mark label="positive" /> positive
          </span>{" "}
          from{" "}
          <span class="inline-mark">
            <Mark label="neutral" /> neutral
          </span>{" "}
          and{" "}
          <span class="inline-mark">
            <Mark label="negative" /> negative
          </span>
          , and shows them here within a blink.
        </p>
        <SignInButton />
        <p class="muted">
          Weir reads your name and picture, and nothing else. It never posts. Your streams are seen
          by you alone.
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
    let atlas: Atlas | null = null;
    let size: Size = { width: 0, height: 0 };
    const draw = (): void => {
      const surface = fit(host, size);
      if (surface) drawSheet(surface.pen, atlas, whole(size), size, surface.ratio);
    };
    coarseAtlas().then(
      (read) => {
        atlas = read;
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
