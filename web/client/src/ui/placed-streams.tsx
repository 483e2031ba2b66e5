/** The streams of the account that run on a machine, each with its state. */
import type { Stream } from "../api";
import type { Machine } from "../machines";
import { planOf } from "../plan";
import { write } from "../route";
import { STATE_WORDS } from "../state-words";
import { StateDot } from "./stream-list";

const pageOf = (stream: Stream): string =>
  planOf(stream).capture
    ? write({ view: "collection", stream: stream.id })
    : write({ view: "live", streams: [stream.id] });

export function PlacedStreams(props: { machine: Machine; streams: readonly Stream[] }) {
  const { machine, streams } = props;
  if (streams.length === 0) return <p class="small muted">None of your streams run here.</p>;
  return (
    <ul class="placed" aria-label={`Your streams on ${machine.name}`}>
      {streams.map((stream) => (
        <li key={stream.id}>
          <StateDot stream={stream} />
          <a href={pageOf(stream)}>{stream.name}</a>
          <span class="muted">{STATE_WORDS[stream.status.state]}</span>
        </li>
      ))}
    </ul>
  );
}
