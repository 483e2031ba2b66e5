/** The head of a shown stream: what it is, how it fares, and what may be done with it. */
import { useSignal } from "@preact/signals";
import type { Stream } from "../shared/api";
import { count, duration, percent, rate } from "../shared/format";
import { LABEL_NAMES } from "../shared/labels";
import { now } from "../shared/clock";
import { go } from "../app/route";
import { STATE_WORDS, aim, isUnderWay, isWanted } from "./state-words";
import { archive, start, stop, troubles } from "./streams";
import { Icon } from "../shared/icon";
import { LabelIcon } from "../shared/label-icon";
import { StateDot } from "./stream-list";

export function StreamHead({ stream }: { stream: Stream }) {
  const { status } = stream;
  const trouble = troubles.value[stream.id];
  return (
    <section class="head" aria-label={stream.name}>
      <div class="head-row">
        <div class="head-names">
          <h2>{stream.name}</h2>
          <p class="muted">
            <span class={`state state-${status.state}`} role="status">
              <StateDot stream={stream} /> {STATE_WORDS[status.state]}
            </span>
            {status.state === "running" && status.since !== null && (
              <span> for {duration(now() - Math.max(status.since, stream.changed_at))}</span>
            )}
            {aim(stream) !== stream.name && <span class="head-aim"> · {aim(stream)}</span>}
          </p>
        </div>
        <Figures stream={stream} />
        <Orders stream={stream} />
      </div>
      {isUnderWay(status.state) && <div class="progress" aria-hidden="true" />}
      {trouble && <Note kind="trouble" text={trouble} />}
      {status.fault && <Note kind="trouble" text={status.fault.message} />}
      {status.note && <Note kind="hint" text={status.note} />}
    </section>
  );
}

export const Note = ({ kind, text }: { kind: "trouble" | "hint"; text: string }) => (
  <p class={kind} role={kind === "trouble" ? "alert" : undefined}>
    {kind === "trouble" && <Icon name="warn" />} {text}
  </p>
);

function Figures({ stream: { totals, status } }: { stream: Stream }) {
  const delay = status.state === "running" && status.lag_ms >= 1000;
  return (
    <dl class="figures">
      <div>
        <dt>Rate</dt>
        <dd>{status.state === "running" ? rate(status.rate) : "–"}</dd>
      </div>
      <div>
        <dt>Posts</dt>
        <dd>{count(totals.posts)}</dd>
      </div>
      {(["positive", "neutral", "negative"] as const).map((label) => (
        <div key={label}>
          <dt>
            <LabelIcon label={label} /> {LABEL_NAMES[label]}
          </dt>
          <dd>{percent(totals[label], totals.posts)}</dd>
        </div>
      ))}
      {delay && (
        <div>
          <dt>Delay</dt>
          <dd>{duration(status.lag_ms)}</dd>
        </div>
      )}
    </dl>
  );
}

export function Orders({ stream }: { stream: Stream }) {
  const asks = useSignal(false);
  const ends = stream.status.state === "stopping";
  if (asks.value) {
    return (
      <div class="orders" role="group" aria-label="Archive this stream?">
        <span>End it for good?</span>
        <button class="danger" onClick={() => void archive(stream)}>
          Yes, archive
        </button>
        <button onClick={() => (asks.value = false)}>Keep</button>
      </div>
    );
  }
  return (
    <div class="orders">
      {isWanted(stream) ? (
        <button class="main" onClick={() => void stop(stream)}>
          <Icon name="stop" /> Stop
        </button>
      ) : (
        <button class="main" aria-busy={ends} onClick={() => void start(stream)}>
          <Icon name="play" /> Start
        </button>
      )}
      <button onClick={() => go({ view: "edit", stream: stream.id })}>
        <Icon name="edit" /> Edit
      </button>
      <button onClick={() => (asks.value = true)}>
        <Icon name="archive" /> Archive
      </button>
    </div>
  );
}
