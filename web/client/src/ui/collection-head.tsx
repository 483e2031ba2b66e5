/** The head of a collection: what it is, how it fares, what it may still cost, and the orders. */
import type { Stream } from "../api";
import { now } from "../clock";
import { keptOf } from "../collections";
import { bytes, count, duration, rate } from "../format";
import { write } from "../route";
import { next } from "../schedule";
import { STATE_WORDS, aim, isUnderWay } from "../state-words";
import { troubles } from "../streams";
import { BudgetMeter } from "./budget-meter";
import { Note, Orders } from "./stream-head";
import { StateDot } from "./stream-list";

export function CollectionHead({ stream }: { stream: Stream }) {
  const { id, name, status, plan } = stream;
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
            {plan.machine && <span> · on {plan.machine}</span>}
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
