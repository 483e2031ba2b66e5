/** One collection: how it fares, what it has kept, its files, its gaps and its history. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import * as api from "../shared/api";
import { ApiError, type Gap, type Minute, type Stream } from "../shared/api";
import * as bars from "../charts/bars";
import { now } from "../shared/clock";
import { days, kept } from "./collections";
import { said } from "../shared/fault-texts";
import { Listing } from "../shared/listing";
import { clock, useClock, usePoll } from "../shared/poll";
import { Series } from "../live/series";
import { followed } from "../live/socket";
import { filesElsewhere, noGaps } from "../streams/state-words";
import { byId, streams } from "../streams/streams";
import { AuditList } from "./audit-list";
import { BarChart } from "../charts/bar-chart";
import { CollectionHead } from "./collection-head";
import { ExportPanel } from "./export-panel";
import { GapList } from "../streams/gap-list";
import { isDoubt } from "../streams/gap-words";
import { Icon } from "../shared/icon";
import { PlanFacts } from "./plan-facts";
import { SegmentTable } from "./segment-table";

const COUNTS_MS = 5000;
const HOUR_MS = 3_600_000;
/** So much more than an hour, that its first minute is whole. */
const MARGIN_MS = 120_000;

export function Collection({ id }: { id: string }) {
  const { stream, trouble } = useStream(id);
  usePoll(kept.refresh, COUNTS_MS);
  return (
    <main class="page" id="main" tabIndex={-1} aria-busy={!stream && !trouble}>
      {trouble && (
        <div class="empty" role="alert">
          <Icon name="warn" />
          <p>{trouble}</p>
          <p>
            <a href="#/collections">All collections</a>
          </p>
        </div>
      )}
      {stream && <Whole stream={stream} />}
    </main>
  );
}

/** The stream as the list knows it; one of the archive is read by itself. */
function useStream(id: string): { stream: Stream | null; trouble: string | null } {
  const read = useSignal<Stream | null>(null);
  const trouble = useSignal<string | null>(null);
  const last = useRef<Stream | null>(null);
  const listed = byId.value.get(id);
  if (listed) last.current = listed;
  const isMissing = streams.value !== null && !listed;
  useEffect(() => {
    if (!isMissing) return;
    api.stream(id).then(
      (found) => (read.value = found),
      (error: unknown) => {
        const isGone = error instanceof ApiError && error.status === 404;
        trouble.value = isGone ? "You have no such collection." : said(error);
      },
    );
  }, [isMissing]);
  return { stream: listed ?? read.value ?? last.current, trouble: listed ? null : trouble.value };
}

function Whole({ stream }: { stream: Stream }) {
  const { id, plan } = stream;
  const gaps = useMemo(() => new Listing<Gap>(() => gapsOf(id)), []);
  // What stands below the files waits for them, so that they do not push it down.
  const isRoomKnown = useSignal(false);
  const hasFilesHere = plan.capture !== null && filesElsewhere(stream) === null;
  usePoll(gaps.refresh, COUNTS_MS);
  return (
    <>
      <CollectionHead stream={stream} />
      {plan.description && <p class="description">{plan.description}</p>}
      <Charts stream={stream} gaps={(gaps.items.value ?? []).filter((each) => !isDoubt(each))} />
      <Files stream={stream} onRead={() => (isRoomKnown.value = true)} />
      {hasFilesHere && isRoomKnown.value && <ExportPanel stream={stream} />}
      {(isRoomKnown.value || !hasFilesHere) && (
        <div class="beside">
          <AuditList stream={stream} />
          <div class="stack">
            <PlanFacts stream={stream} />
            <GapList gaps={gaps} none={noGaps(stream)} />
          </div>
        </div>
      )}
    </>
  );
}

/** The sealed files; of a job only where they are, of a stream that keeps nothing no word. */
function Files(props: { stream: Stream; onRead: () => void }) {
  const elsewhere = filesElsewhere(props.stream);
  if (elsewhere === null) return props.stream.plan.capture && <SegmentTable {...props} />;
  return (
    <section class="panel section" aria-labelledby="segments-title">
      <h3 id="segments-title">Sealed files</h3>
      <p class="muted">They are {elsewhere}.</p>
    </section>
  );
}

/** Gaps and doubts, oldest first. */
const gapsOf = async (id: string): Promise<Gap[]> => {
  const { items, doubts = [] } = await api.gaps(id, 0, Math.round(now()) + MARGIN_MS);
  return [...items, ...doubts].sort((one, other) => one.from - other.from);
};

function Charts({ stream, gaps }: { stream: Stream; gaps: readonly Gap[] }) {
  const { id } = stream;
  useClock();
  const counted = useMemo(() => new Listing<Minute>(async () => (await days(id)).items), []);
  const own = useMemo(() => new Series(), []);
  usePoll(counted.refresh, COUNTS_MS);
  usePoll(async () => {
    const until = Math.round(now()) + MARGIN_MS;
    const { items } = await api.minutes(id, until - HOUR_MS - 2 * MARGIN_MS, until);
    own.remember(items);
    if (followed.peek()?.id === id) followed.peek()?.series.remember(items);
  }, COUNTS_MS);
  clock.value;
  // The socket knows what collectors relay: of a job there is only what its client reported.
  const isRelayed = filesElsewhere(stream) === null;
  const series = isRelayed && followed.value?.id === id ? followed.value.series : own;
  const second = Math.floor(now() / 1000);
  return (
    <div class="charts">
      <BarChart
        title="Posts a minute"
        note="the last hour"
        bars={bars.byMinute(series, second)}
        gaps={gaps}
      />
      <BarChart
        title="Posts a day"
        note="since it began"
        bars={bars.byDay(counted.items.value ?? [], second)}
        gaps={gaps}
        byDay
      />
    </div>
  );
}
