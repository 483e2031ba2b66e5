/** The state of a stream: a dot and a word, which say "was" while the page is offline. */
import type { Stream } from "../shared/api";
import { link } from "../live/socket";
import { duration } from "../shared/format";
import { clock, useClock } from "../shared/poll";
import { shownState } from "./state-words";

export function StateLabel({ stream }: { stream: Stream }) {
  const { words } = shownState(stream, link.value === "down");
  return (
    <>
      <StateDot stream={stream} /> {words}
    </>
  );
}

export function StateDot({ stream }: { stream: Stream }) {
  const { dot, isBusy } = shownState(stream, link.value === "down");
  return <span class={`dot dot-${dot}${isBusy ? " busy" : ""}`} aria-hidden="true" />;
}

/** Whether it runs as far as is known now. */
export const runsNow = (stream: Stream): boolean =>
  stream.status.state === "running" && link.value !== "down";

/** For how long it has run; the text keeps counting. */
export function RunsFor({ stream }: { stream: Stream }) {
  useClock();
  const { since } = stream.status;
  if (!runsNow(stream) || since === null) return null;
  return <span> for {duration(clock.value - Math.max(since, stream.changed_at))}</span>;
}
