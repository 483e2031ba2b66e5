/** The live view of one or several streams. */
import type { Stream } from "../shared/api";
import { EMPTY, keep } from "../streams/stream-draft";
import { useEffect } from "preact/hooks";
import { go, route, write } from "../app/route";
import { archived, byId, readArchived, streams } from "../streams/streams";
import { ChartPanel } from "../charts/chart-panel";
import { Doughnut } from "../charts/doughnut";
import { Feed } from "./feed";
import { FilterBar } from "./filter-bar";
import { namesDevices } from "./selectors";
import { Icon } from "../shared/icon";
import { MapPanel } from "../map/map-panel";
import { StreamHead } from "../streams/stream-head";

export function LiveView() {
  const now = route.value;
  const ids = now.view === "live" ? now.streams : [];
  const shown = ids.map((id) => byId.value.get(id)).filter((each) => each !== undefined);
  if (streams.value === null) return <main class="live" id="main" aria-busy="true" />;
  if (!shown.length && ids.length > 0) return <NoSuchStream ids={ids} />;
  if (!shown.length) return <Nothing all={streams.value} />;
  return (
    <main class="live" id="main" tabIndex={-1}>
      <div class="heads">
        {shown.map((stream) => (
          <StreamHead key={stream.id} stream={stream} />
        ))}
      </div>
      <FilterBar />
      <div class={namesDevices.value ? "panels with-sources" : "panels"}>
        <MapPanel />
        <Feed />
        <ChartPanel />
        {namesDevices.value && <Doughnut />}
      </div>
    </main>
  );
}

/** An address that names no stream of the account: archived, another account's, or mistyped. */
function NoSuchStream({ ids }: { ids: readonly string[] }) {
  useEffect(() => void readArchived().catch(() => undefined), []);
  const ended = archived.value?.filter((each) => ids.includes(each.id)) ?? [];
  return (
    <main class="welcome" id="main" tabIndex={-1}>
      <Icon name="search" />
      <h2>{ended.length ? "This stream is archived" : "You have no such stream"}</h2>
      {ended.length === 0 && (
        <p class="muted">
          This account has no stream with this address. It may belong to another account.
        </p>
      )}
      {ended.map((each) => (
        <p key={each.id}>
          <a href={write({ view: "collection", stream: each.id })}>Kept posts of {each.name}</a>
        </p>
      ))}
      <p>
        <a href="#/live">Your streams</a>
      </p>
    </main>
  );
}

const EXAMPLES = [
  { word: "coffee", place: "" },
  { word: "football", place: "Madrid" },
  { word: "rain", place: "London" },
  { word: "", place: "San Francisco" },
];

function Nothing({ all }: { all: readonly Stream[] }) {
  if (all.length) {
    return (
      <main class="welcome" id="main">
        <Icon name="feed" />
        <h2>Choose a stream to watch</h2>
        <p class="muted">
          Pick one from the list, or tick several to see them on one map and in one feed.
        </p>
      </main>
    );
  }
  const begin = (example: { word: string; place: string }): void => {
    keep("new", { ...EMPTY, ...example });
    go({ view: "new" });
  };
  return (
    <main class="welcome" id="main">
      <Icon name="globe" />
      <h2>What would you like to follow?</h2>
      <p class="muted">
        A stream collects every post with a word, from a place, or both. Begin with one of these, or
        with your own words.
      </p>
      <div class="examples">
        {EXAMPLES.map((each) => (
          <button key={each.word + each.place} onClick={() => begin(each)}>
            {[each.word, each.place].filter(Boolean).join(" in ") || "anything"}
          </button>
        ))}
      </div>
    </main>
  );
}
