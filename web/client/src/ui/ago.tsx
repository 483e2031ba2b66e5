/** How long ago something was, in words that go on counting. */
import { ago, fullTime } from "../format";
import { clock, useClock } from "../poll";

export function Ago({ at }: { at: number }) {
  useClock();
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {ago(clock.value - at)}
    </time>
  );
}
