/** The collections: streams that keep their raw posts, each with what it has and may still cost. */
import { useSignal } from "@preact/signals";
import type { Stream } from "../shared/api";
import { collections, kept, keptOf } from "./collections";
import { bytes, count, rate } from "../shared/format";
import { hostOf } from "../machines/machines";
import { usePoll } from "../shared/poll";
import { go, write } from "../app/route";
import { Schedule } from "./schedule-note";
import { StateLabel, runsNow } from "../streams/state-label";
import { aim, errorOf, filesElsewhere, originOf } from "../streams/state-words";
import { archived, readArchived, refresh } from "../streams/streams";
import { BudgetMeter } from "../streams/budget-meter";
import { Icon } from "../shared/icon";

const STREAMS_MS = 2000;
const KEPT_MS = 10_000;
/** From so many on, there is a field to find one. */
const MANY = 9;

export function Collections() {
  usePoll(refresh, STREAMS_MS);
  usePoll(kept.refresh, KEPT_MS);
  const sought = useSignal("");
  const all = collections.value;
  const text = sought.value.trim().toLowerCase();
  const shown = all?.filter((each) => !text || nameOf(each).toLowerCase().includes(text)) ?? [];
  return (
    <main class="page" id="main" tabIndex={-1} aria-busy={all === null}>
      <div class="page-head">
        <div>
          <h2>Collections</h2>
          <p class="muted">Streams that keep every post as received, in files with checksums.</p>
        </div>
        {!!all?.length && <NewCollection />}
      </div>
      {all && all.length >= MANY && (
        <label class="search">
          <span class="hidden">Find a collection</span>
          <Icon name="search" />
          <input
            type="search"
            placeholder="Find a collection"
            value={sought.value}
            onInput={(event) => (sought.value = event.currentTarget.value)}
          />
        </label>
      )}
      {all === null && <p class="muted">Loading your collections…</p>}
      {all?.length === 0 && <None />}
      {!!all?.length && !shown.length && <p class="muted">No collection has this name.</p>}
      <ul class="tiles">
        {shown.map((each) => (
          <li key={each.id}>
            <Tile stream={each} />
          </li>
        ))}
      </ul>
      {all && <Ended />}
    </main>
  );
}

const nameOf = ({ name, plan }: Stream): string => `${name} ${plan.capture?.collection ?? ""}`;

const NewCollection = () => (
  <button class="main" onClick={() => go({ view: "new", keeps: true })}>
    <Icon name="add" /> New collection
  </button>
);

const None = () => (
  <div class="empty">
    <Icon name="archive" />
    <p>
      <strong>No collection yet.</strong> A collection is a stream that keeps every post it receives,
      byte for byte, in files with checksums. Give it a filter, a name, and, if you like, a beginning,
      an end and a budget.
    </p>
    <NewCollection />
  </div>
);

function Tile({ stream }: { stream: Stream }) {
  const { id, name, plan, status, totals } = stream;
  const files = keptOf.value.get(id);
  const error = errorOf(stream);
  const elsewhere = filesElsewhere(stream);
  const host = hostOf(stream);
  const told = [plan.capture?.collection, aim(stream), originOf(stream), host && `on ${host}`].filter(
    (each) => each && each !== name,
  );
  return (
    <article class="panel tile" aria-labelledby={`name-${id}`}>
      <div class="tile-head">
        <h3 id={`name-${id}`}>
          <a href={write({ view: "collection", stream: id })}>{name}</a>
        </h3>
        <span class="state">
          <StateLabel stream={stream} />
        </span>
      </div>
      <p class="small muted tile-aim">
        {told.join(" · ")}
      </p>
      <dl class="figures">
        <div>
          <dt>Rate</dt>
          <dd>{runsNow(stream) ? rate(status.rate) : "–"}</dd>
        </div>
        <div>
          <dt>Posts</dt>
          <dd>{count(totals.posts)}</dd>
        </div>
        <div>
          <dt>Sealed files</dt>
          <dd title={elsewhere ?? undefined}>
            {elsewhere !== null ? "elsewhere" : files ? count(files.segments) : "–"}
            {!!files?.bytes && <span class="unit-of"> {bytes(files.bytes)}</span>}
          </dd>
        </div>
      </dl>
      <BudgetMeter stream={stream} />
      <Schedule stream={stream} />
      {error && (
        <p class="small trouble">
          <Icon name="warn" /> {error}
        </p>
      )}
      {status.note && <p class="small muted">{status.note}</p>}
    </article>
  );
}

/** Collections that were ended for good: their files stay within reach. */
function Ended() {
  const open = useSignal(false);
  const list = archived.value?.filter((each) => each.plan.capture) ?? null;
  return (
    <details
      class="archive"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
        if (open.value) void readArchived().catch(() => undefined);
      }}
    >
      <summary>Archive</summary>
      {list?.length === 0 && <p class="muted side-note">Nothing is archived.</p>}
      <ul>
        {list?.map((each) => (
          <li key={each.id}>
            <a href={write({ view: "collection", stream: each.id })}>{each.name}</a>
            <span class="muted">
              {count(each.totals.posts)} posts, {bytes(keptOf.value.get(each.id)?.bytes ?? 0)}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
