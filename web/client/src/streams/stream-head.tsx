/** The head of a shown stream: what it is, how it fares, and what may be done with it. */
import { useSignal } from "@preact/signals";
import type { Stream } from "../shared/api";
import { sentence } from "../shared/fault-texts";
import { count, duration, percent, rate } from "../shared/format";
import { LABEL_NAMES } from "../shared/labels";
import { go } from "../app/route";
import { Schedule } from "../collections/schedule-note";
import { BudgetMeter } from "./budget-meter";
import { RunsFor, StateLabel, runsNow } from "./state-label";
import { aim, errorOf, firstOrder, isUnderWay, originOf, sourceWords } from "./state-words";
import { archive, restart, start, stop, troubles } from "./streams";
import { Icon } from "../shared/icon";
import { LabelIcon } from "../shared/label-icon";

export function StreamHead({ stream }: { stream: Stream }) {
  const { status } = stream;
  return (
    <section class="head" aria-label={stream.name}>
      <div class="head-row">
        <div class="head-names">
          <h2>{stream.name}</h2>
          <p class="muted">
            <span class={`state state-${status.state}`} role="status">
              <StateLabel stream={stream} />
            </span>
            <RunsFor stream={stream} />
            <Origin stream={stream} />
            {aim(stream) !== stream.name && <span class="head-aim"> · {aim(stream)}</span>}
          </p>
        </div>
        <Figures stream={stream} />
        <Orders stream={stream} />
      </div>
      {isUnderWay(status.state) && <div class="progress" aria-hidden="true" />}
      <BudgetMeter stream={stream} />
      <Schedule stream={stream} />
      <Notes stream={stream} />
    </section>
  );
}

/** Where the posts come from, where that is not plain X. */
export function Origin({ stream }: { stream: Stream }) {
  const origin = originOf(stream);
  if (!origin) return null;
  return stream.simulated ? <span class="badge">{origin}</span> : <span> · {origin}</span>;
}

/** What went wrong, what the server adds to the state, and what it says of the filter. */
export function Notes({ stream }: { stream: Stream }) {
  const trouble = troubles.value[stream.id];
  const error = errorOf(stream);
  const sources = sourceWords(stream);
  return (
    <>
      {sources && <Note kind="hint" text={sources} />}
      {trouble && <Note kind="trouble" text={sentence(trouble)} />}
      {error && <Note kind="trouble" text={error} />}
      {stream.status.note && <Note kind="hint" text={stream.status.note} />}
      {stream.warnings.map((warning) => (
        <Note key={warning} kind="hint" text={sentence(warning)} />
      ))}
    </>
  );
}

export const Note = ({ kind, text }: { kind: "trouble" | "hint"; text: string }) => (
  <p class={kind} role={kind === "trouble" ? "alert" : undefined}>
    {kind === "trouble" && <Icon name="warn" />} {text}
  </p>
);

function Figures({ stream }: { stream: Stream }) {
  const { totals, status } = stream;
  const delay = runsNow(stream) && status.lag_ms >= 1000;
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
      {(["positive", "neutral", "negative"] as const).map((label) => (
        <div key={label}>
          <dt>
            <LabelIcon label={label} /> {LABEL_NAMES[label]}
          </dt>
          <dd>{percent(totals[label], totals.posts)}</dd>
        </div>
      ))}
      {totals.not_labelled !== undefined && totals.not_labelled > 0 && (
        <div>
          <dt>Not labelled in time</dt>
          <dd>{percent(totals.not_labelled, totals.posts)}</dd>
        </div>
      )}
      {totals.accurate !== undefined && totals.accurate > 0 && (
        <div>
          <dt>By the accurate model</dt>
          <dd>{percent(totals.accurate, totals.posts)}</dd>
        </div>
      )}
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
  if (asks.value) {
    return (
      <div class="orders" role="group" aria-label="Archive this stream?">
        <span>Archive it? It cannot be started again.</span>
        <button class="danger" onClick={() => void archive(stream)}>
          Yes, archive
        </button>
        <button onClick={() => (asks.value = false)}>Cancel</button>
      </div>
    );
  }
  return (
    <div class="orders">
      <FirstOrder stream={stream} />
      <button onClick={() => go({ view: "edit", stream: stream.id })}>
        <Icon name="edit" /> Edit
      </button>
      <button onClick={() => (asks.value = true)}>
        <Icon name="archive" /> Archive
      </button>
    </div>
  );
}

/** The order that fits the state: nothing that runs is stopped, nothing that can only fail is started. */
function FirstOrder({ stream }: { stream: Stream }) {
  const edit = (): void => go({ view: "edit", stream: stream.id });
  switch (firstOrder(stream)) {
    case "stop":
      return (
        <button class="main" onClick={() => void stop(stream)}>
          <Icon name="stop" /> Stop
        </button>
      );
    case "retry":
      return (
        <>
          <button class="main" onClick={() => void restart(stream)}>
            <Icon name="play" /> Try again
          </button>
          <button onClick={() => void stop(stream)}>Do not retry</button>
        </>
      );
    case "raise":
      return (
        <button class="main" onClick={edit}>
          Raise the budget
        </button>
      );
    case "extend":
      return (
        <button class="main" onClick={edit}>
          Set another end
        </button>
      );
    case "replay":
      return (
        <button class="main" onClick={() => void start(stream)}>
          <Icon name="play" /> Play again
        </button>
      );
    case "start":
      return (
        <button class="main" aria-busy={stream.status.state === "stopping"} onClick={() => void start(stream)}>
          <Icon name="play" /> Start
        </button>
      );
  }
}
