/** The head of a collection: what it is, how it fares, what it may still cost, and the orders. */
import type { Stream } from "../shared/api";
import { keptOf } from "./collections";
import { bytes, count, rate } from "../shared/format";
import { hostOf } from "../machines/machines";
import { go, write } from "../app/route";
import { keep, likeness } from "../streams/stream-draft";
import { Schedule } from "./schedule-note";
import { RunsFor, StateLabel, runsNow } from "../streams/state-label";
import { aim, canBeWatched, filesElsewhere, isUnderWay } from "../streams/state-words";
import { BudgetMeter } from "../streams/budget-meter";
import { Notes, Orders, Origin } from "../streams/stream-head";

export function CollectionHead({ stream }: { stream: Stream }) {
  const { id, name, plan, status } = stream;
  const host = hostOf(stream);
  return (
    <section class="head" aria-label={name}>
      <p class="crumb">
        {plan.capture ? <a href="#/collections">All collections</a> : <a href="#/live">All streams</a>}
        {canBeWatched(stream) && <a href={write({ view: "live", streams: [id] })}>Watch it live</a>}
      </p>
      <div class="head-row">
        <div class="head-names">
          <h2>{name}</h2>
          <p class="muted">
            <span class={`state state-${status.state}`} role="status">
              <StateLabel stream={stream} />
            </span>
            <RunsFor stream={stream} />
            <Origin stream={stream} />
            <span class="head-aim"> · {aim(stream) || "everything"}</span>
            {host && <span> · on {host}</span>}
          </p>
        </div>
        <Figures stream={stream} />
        {stream.wanted === "archived" ? <Again stream={stream} /> : <Orders stream={stream} />}
      </div>
      {isUnderWay(status.state) && <div class="progress" aria-hidden="true" />}
      <BudgetMeter stream={stream} />
      <Schedule stream={stream} />
      <Notes stream={stream} />
    </section>
  );
}

function Figures({ stream }: { stream: Stream }) {
  const { id, status, totals } = stream;
  const files = keptOf.value.get(id);
  const hasFilesHere = stream.plan.capture !== null && filesElsewhere(stream) === null;
  return (
    <dl class="figures">
      <div>
        <dt>Rate</dt>
        <dd>{runsNow(stream) ? rate(status.rate) : "–"}</dd>
      </div>
      <div>
        <dt>Posts</dt>
        <dd>{count(totals.posts)}</dd>
      </div>
      {hasFilesHere && (
        <>
          <div>
            <dt>In sealed files</dt>
            <dd>{files ? count(files.posts) : "–"}</dd>
          </div>
          <div>
            <dt>Size</dt>
            <dd>{files ? bytes(files.bytes) : "–"}</dd>
          </div>
        </>
      )}
    </dl>
  );
}

/** An archived stream stays as it is; another one like it may be made. */
function Again({ stream }: { stream: Stream }) {
  const begin = (): void => {
    const draft = likeness(stream);
    keep(draft.plan.keeps ? "new-collection" : "new", draft);
    go(draft.plan.keeps ? { view: "new", keeps: true } : { view: "new" });
  };
  return (
    <div class="orders">
      {stream.source !== "client" && <button onClick={begin}>New stream like it</button>}
    </div>
  );
}
