/** The head of a collection: what it is, how it fares, what it may still cost, and the orders. */
import type { Stream } from "../shared/api";
import { now } from "../shared/clock";
import { keptOf } from "./collections";
import { bytes, count, duration, rate } from "../shared/format";
import { hostOf } from "../machines/machines";
import { write } from "../app/route";
import { next } from "./schedule";
import { STATE_WORDS, aim, isUnderWay } from "../streams/state-words";
import { troubles } from "../streams/streams";
import { BudgetMeter } from "../streams/budget-meter";
import { Note, Orders } from "../streams/stream-head";
import { StateDot } from "../streams/stream-list";

export function CollectionHead({ stream }: { stream: Stream }) {
  const { id, name, status } = stream;
  const host = hostOf(stream);
  const trouble = troubles.value[id];
  const scheduled = next(stream, now());
  const isSpent = status.fault?.code === "budget_spent";
  return (
    <section class="head" aria-label={name}>
      <p class="crumb">
        <a href="#/collections">All collections</a>
        {stream.wanted !== "archived" && (
          <a href={write({ view: "live", streams: [id] })}>Watch it live</a>
        )}
      </p>
      <div class="head-row">
        <div class="head-names">
          <h2>{name}</h2>
          <p class="muted">
            <span class={`state state-${status.state}`} role="status">
              <StateDot stream={stream} /> {STATE_WORDS[status.state]}
            </span>
            {status.state === "running" && status.since !== null && (
              <span> for {duration(now() - Math.max(status.since, stream.changed_at))}</span>
            )}
            <span class="head-aim"> · {aim(stream) || "everything"}</span>
            {host && <span> · on {host}</span>}
          </p>
        </div>
        <Figures stream={stream} />
        {stream.wanted !== "archived" && <Orders stream={stream} />}
      </div>
      {isUnderWay(status.state) && <div class="progress" aria-hidden="true" />}
      <BudgetMeter stream={stream} />
      {scheduled && <p>{scheduled}</p>}
      {trouble && <Note kind="trouble" text={trouble} />}
      {status.fault && !isSpent && <Note kind="trouble" text={status.fault.message} />}
      {status.note && <Note kind="hint" text={status.note} />}
    </section>
  );
}

function Figures({ stream: { id, status, totals } }: { stream: Stream }) {
  const files = keptOf.value.get(id);
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
      <div>
        <dt>In sealed files</dt>
        <dd>{files ? count(files.posts) : "–"}</dd>
      </div>
      <div>
        <dt>Size</dt>
        <dd>{files ? bytes(files.bytes) : "–"}</dd>
      </div>
    </dl>
  );
}
