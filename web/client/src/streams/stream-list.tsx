/** The list of streams: each with state, pace, totals and mood. */
import { useSignal } from "@preact/signals";
import type { Stream, Totals } from "../shared/api";
import { rate, short } from "../shared/format";
import { COUNT_KINDS } from "../shared/labels";
import { go, route } from "../app/route";
import { StateLabel, runsNow } from "./state-label";
import { streams } from "./streams";
import { Archive } from "./archive";
import { Icon } from "../shared/icon";

export function StreamList() {
  const open = useSignal(false);
  const list = streams.value;
  return (
    <nav class="side" aria-label="Streams">
      <div class="side-head">
        <h2>Streams</h2>
        <button class="main" onClick={() => go({ view: "new" })}>
          <Icon name="add" /> New stream
        </button>
      </div>
      {list === null && <p class="muted side-note">Loading your streams…</p>}
      {list?.length === 0 && (
        <p class="muted side-note">No streams yet. A stream follows a word, a place, or both.</p>
      )}
      <ul class="cards">{list?.map((each) => <Card key={each.id} stream={each} />)}</ul>
      <Archive open={open} />
    </nav>
  );
}

function Card({ stream }: { stream: Stream }) {
  const { id, name, status, totals } = stream;
  const now = route.value;
  const shown = now.view === "live" && now.streams.includes(id);
  const others = now.view === "live" ? now.streams.filter((each) => each !== id) : [];
  return (
    <li class={shown ? "card shown" : "card"}>
      <button
        class="card-face"
        aria-current={shown ? "true" : undefined}
        onClick={() => go({ view: "live", streams: [id] })}
      >
        <span class="card-name">{name}</span>
        <span class="card-line">
          <span class="card-state">
            <StateLabel stream={stream} />
          </span>
          {runsNow(stream) && <span class="card-rate">{rate(status.rate)}</span>}
          <span class="card-total">{short(totals.posts)}</span>
        </span>
        <MoodBar totals={totals} />
      </button>
      <input
        type="checkbox"
        class="card-check"
        checked={shown}
        aria-label={`Show ${name} along with others`}
        title="Show along with others"
        onChange={(event) =>
          go({ view: "live", streams: event.currentTarget.checked ? [...others, id] : others })
        }
      />
    </li>
  );
}

function MoodBar({ totals }: { totals: Totals }) {
  let from = 0;
  return (
    <svg class="mood" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      {totals.posts > 0 &&
        COUNT_KINDS.map((kind) => {
          const width = (100 * (totals[kind] ?? 0)) / totals.posts;
          const x = from;
          from += width;
          return <rect key={kind} class={`fill-${kind}`} x={x} y="0" width={width} height="4" />;
        })}
    </svg>
  );
}
