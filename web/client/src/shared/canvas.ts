/** A canvas that keeps the size of its frame, sharp on every screen. */
import type { Size } from "../map/viewport";

export interface Surface {
  pen: CanvasRenderingContext2D;
  ratio: number;
}

const MAX_RATIO = 2;

export function fit(canvas: HTMLCanvasElement, size: Size): Surface | null {
  const pen = canvas.getContext("2d");
  if (!pen || size.width === 0) return null;
  const ratio = Math.min(MAX_RATIO, devicePixelRatio || 1);
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return { pen, ratio };
}

/** Call with the size of an element now and whenever it changes. */
export function watchSize(element: Element, changed: (size: Size) => void): () => void {
  const observer = new ResizeObserver(() => {
    changed({ width: element.clientWidth, height: element.clientHeight });
  });
  observer.observe(element);
  return () => observer.disconnect();
}
