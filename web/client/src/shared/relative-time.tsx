/** How long ago something was; the text keeps counting. */
import { ago, fullTime } from "./format";
import { clock, useClock } from "./poll";

export function RelativeTime({ at }: { at: number }) {
  useClock();
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {ago(clock.value - at)}
    </time>
  );
}
