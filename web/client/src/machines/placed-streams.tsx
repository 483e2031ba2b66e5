/** The streams of the account that run on a machine, each with its state. */
import type { Stream } from "../shared/api";
import type { Machine } from "./machines";
import { write } from "../app/route";
import { link } from "../live/socket";
import { StateDot } from "../streams/state-label";
import { isWanted, shownState } from "../streams/state-words";

const pageOf = (stream: Stream): string =>
  stream.plan.capture
    ? write({ view: "collection", stream: stream.id })
    : write({ view: "live", streams: [stream.id] });

const SHOWN = 8;

export function PlacedStreams(props: { machine: Machine; streams: readonly Stream[] }) {
  const { machine } = props;
  const [running, others] = [true, false].map((wanted) =>
    props.streams.filter((stream) => isWanted(stream) === wanted),
  ) as [Stream[], Stream[]];
  const streams = [...running, ...others];
  if (streams.length === 0) return <p class="small muted">None of your streams run here.</p>;
  return (
    <ul class="placed" aria-label={`Your streams on ${machine.name}`}>
      {streams.slice(0, SHOWN).map((stream) => (
        <li key={stream.id}>
          <StateDot stream={stream} />
          <a href={pageOf(stream)}>{stream.name}</a>
          <span class="muted">{shownState(stream, link.value === "down").words}</span>
        </li>
      ))}
      {streams.length > SHOWN && <li class="muted">and {streams.length - SHOWN} more</li>}
    </ul>
  );
}
