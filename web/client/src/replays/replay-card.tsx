/** A replay: what it plays and how, how far it has come, and what may be done with it. */
import type { Stream } from "../shared/api";
import { posts, rate } from "../shared/format";
import { calledBy, share, speedWords } from "./replays";
import { write } from "../app/route";
import { StateLabel, runsNow } from "../streams/state-label";
import { errorOf, firstOrder } from "../streams/state-words";
import { archive, start, stop, troubles } from "../streams/streams";
import { ConfirmButton } from "../shared/confirm-button";
import { Icon } from "../shared/icon";
import { Trouble } from "../shared/trouble";

export function ReplayCard({ stream }: { stream: Stream }) {
  const { name, status, totals } = stream;
  const { replay, capture } = stream.plan;
  const trouble = troubles.value[stream.id] ?? errorOf(stream);
  const done = share(status.note);
  return (
    <article class="panel tile" aria-label={name}>
      <div class="tile-head">
        <h4>{name}</h4>
        <span class="state" role="status">
          <StateLabel stream={stream} />
        </span>
      </div>
      {replay && (
        <p class="muted small">
          {replay.file ? calledBy(replay.file) : `the collection ${replay.collection}`},{" "}
          {speedWords(replay.speed)}
          {capture && `, kept as ${capture.collection}`}
        </p>
      )}
      {done !== null && (
        <progress
          max={1}
          // All of it was read, which is not yet all of it played.
          value={done === 1 && status.state === "running" ? undefined : done}
          aria-label={`Progress of ${name}`}
        />
      )}
      <p class="small">
        {status.note ?? posts(totals.posts)}
        {runsNow(stream) && ` · ${rate(status.rate)}`}
      </p>
      <Trouble icon text={trouble} />
      <Orders stream={stream} />
    </article>
  );
}

function Orders({ stream }: { stream: Stream }) {
  const order = firstOrder(stream);
  return (
    <div class="orders">
      {order === "stop" ? (
        <button type="button" class="main" onClick={() => void stop(stream)}>
          <Icon name="stop" /> Stop
        </button>
      ) : (
        <button type="button" onClick={() => void start(stream)}>
          <Icon name="play" /> {order === "replay" ? "Play again" : "Go on"}
        </button>
      )}
      <a class="button" href={write({ view: "live", streams: [stream.id] })}>
        <Icon name="feed" /> Watch
      </a>
      {stream.plan.capture && (
        <a class="button" href={write({ view: "collection", stream: stream.id })}>
          Collection
        </a>
      )}
      <ConfirmButton quiet question="Archive it? It cannot be started again." yes="Yes, archive" order={() => void archive(stream)}>
        <Icon name="archive" /> Archive
      </ConfirmButton>
    </div>
  );
}
