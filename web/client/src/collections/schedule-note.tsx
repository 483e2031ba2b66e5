/** What the clock will do to a stream next; the text keeps counting down. */
import type { Stream } from "../shared/api";
import { clock, useClock } from "../shared/poll";
import { next } from "./schedule";

export function Schedule({ stream }: { stream: Stream }) {
  useClock();
  const words = next(stream, clock.value);
  return words === null ? null : <p class="small">{words}</p>;
}
