/** Gestures on a map: drag, pinch, wheel, double click and keys, as moves and zooms. */

export interface Gestures {
  move(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  whole(): void;
  /** A pointer that is not dragging is at a place of the element; null when it has left. */
  hover?(at: { x: number; y: number } | null): void;
  /** A press without a drag. */
  press?(x: number, y: number): void;
  /** A key that this module has no use for; true when it was used. */
  key?(key: string): boolean;
}

const STEP = 60;
const SLOP = 4;
const KEYS: Record<string, (g: Gestures, w: number, h: number) => void> = {
  ArrowLeft: (g) => g.move(STEP, 0),
  ArrowRight: (g) => g.move(-STEP, 0),
  ArrowUp: (g) => g.move(0, STEP),
  ArrowDown: (g) => g.move(0, -STEP),
  "+": (g, w, h) => g.zoom(1.5, w / 2, h / 2),
  "=": (g, w, h) => g.zoom(1.5, w / 2, h / 2),
  "-": (g, w, h) => g.zoom(1 / 1.5, w / 2, h / 2),
  "0": (g) => g.whole(),
};

/** Listen on an element; gives back how to stop. */
export function listen(element: HTMLElement, to: Gestures): () => void {
  const ended = new AbortController();
  const options = { signal: ended.signal };
  const down = new Map<number, { x: number; y: number }>();
  let travelled = 0;

  const at = (event: MouseEvent): { x: number; y: number } => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      down.set(event.pointerId, at(event));
      element.setPointerCapture(event.pointerId);
      travelled = 0;
    },
    options,
  );

  element.addEventListener(
    "pointermove",
    (event) => {
      const now = at(event);
      const before = down.get(event.pointerId);
      if (!before) return to.hover?.(now);
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
      down.set(event.pointerId, now);
      travelled += Math.hypot(now.x - before.x, now.y - before.y);
      if (travelled < SLOP) return;
      to.hover?.(null);
      if (!other) return to.move(now.x - before.x, now.y - before.y);
      const wide = Math.hypot(before.x - other.x, before.y - other.y) || 1;
      const wider = Math.hypot(now.x - other.x, now.y - other.y);
      to.zoom(wider / wide, (now.x + other.x) / 2, (now.y + other.y) / 2);
    },
    options,
  );

  const up = (event: PointerEvent): void => {
    const place = down.get(event.pointerId);
    down.delete(event.pointerId);
    if (place && event.type === "pointerup" && travelled < SLOP) to.press?.(place.x, place.y);
  };
  element.addEventListener("pointerup", up, options);
  element.addEventListener("pointercancel", up, options);
  element.addEventListener("pointerleave", () => to.hover?.(null), options);

  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = at(event);
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      to.zoom(Math.exp(-event.deltaY * lines * 0.002), x, y);
    },
    { ...options, passive: false },
  );

  element.addEventListener(
    "dblclick",
    (event) => {
      const { x, y } = at(event);
      to.zoom(event.shiftKey ? 0.5 : 2, x, y);
    },
    options,
  );

  element.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = KEYS[event.key];
      if (act) act(to, element.clientWidth, element.clientHeight);
      else if (!to.key?.(event.key)) return;
      event.preventDefault();
    },
    options,
  );

  return () => ended.abort();
}
