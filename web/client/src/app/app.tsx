/** The app: the view for the current address, once somebody is signed in. */
import { effect } from "@preact/signals";
import * as features from "./server-features";
import { go, isLive, route, write, type Route } from "./route";
import { standing } from "./session";
import * as socket from "../live/socket";
import { byId, refresh, streams } from "../streams/streams";
import { Banners } from "./banners";
import { Clients } from "../clients/clients-page";
import { Collection } from "../collections/collection-page";
import { Collections } from "../collections/collections-page";
import { Deletions } from "../deletions/deletions-page";
import { Header } from "./header";
import { Landing } from "./landing";
import { LiveView } from "../live/live-view";
import { Machines } from "../machines/machines-page";
import { People } from "../people/people-page";
import { Replays } from "../replays/replays-page";
import { StreamForm } from "../streams/stream-form";
import { StreamList } from "../streams/stream-list";

const REFRESH_MS = 5000;

/** Keep streams, socket and title in step with the address and the session. */
export function synchronize(): void {
  const quietly = (): void => void refresh().catch(() => undefined);
  effect(() => {
    if (standing.value !== "in") return;
    quietly();
    void features.look().catch(() => undefined);
  });
  setInterval(() => standing.peek() === "in" && !document.hidden && quietly(), REFRESH_MS);
  effect(chooseFirst);
  let shown = "";
  effect(() => {
    const now = route.value;
    if (now.view !== "live" || standing.value !== "in" || !streams.value) return;
    const ids = now.streams.filter((id) => byId.peek().has(id));
    if (ids.join() !== shown) socket.show(ids);
    shown = ids.join();
  });
  effect(() => {
    const now = route.value;
    socket.follow(now.view === "collection" && standing.value === "in" ? now.stream : null);
  });
  effect(() => void (document.title = title()));
  socket.begin();
}

const PAGES: Partial<Record<Route["view"], string>> = {
  collections: "Collections",
  machines: "Machines",
  clients: "Clients",
  replays: "Replays",
  deletions: "Deletions",
  people: "People",
  new: "New stream",
};

/** The title of the tab: what is shown, and whether it runs. */
function title(): string {
  const now = route.value;
  const page = PAGES[now.view];
  if (page) return `${page} · Weir`;
  const ids = now.view === "live" ? now.streams : "stream" in now ? [now.stream] : [];
  const shown = ids.flatMap((id) => byId.value.get(id) ?? []);
  const [first] = shown;
  if (standing.value !== "in" || !first) return "Weir";
  const name = shown.length > 1 ? `${first.name} + ${shown.length - 1}` : first.name;
  return `${name} (${first.status.state}) · Weir`;
}

const everListed = new Set<string>();

/** Where nothing was chosen, or what was chosen has gone since, choose a stream that runs, else the newest. */
function chooseFirst(): void {
  const now = route.value;
  const listed = streams.value ?? [];
  for (const each of listed) everListed.add(each.id);
  if (now.view !== "live" || !listed.length) return;
  if (now.streams.some((id) => byId.value.has(id))) return;
  const first = listed.find((each) => each.wanted === "running") ?? listed[0];
  if (first && (now.streams.some((id) => everListed.has(id)) || location.hash === "")) {
    go({ view: "live", streams: [first.id] });
  }
}

export function App() {
  if (standing.value === "unknown") return <Header />;
  if (standing.value === "out" || route.value.view === "join") {
    return (
      <>
        <Header />
        <Landing />
      </>
    );
  }
  return (
    <>
      <Header />
      <Banners />
      <View />
    </>
  );
}

function View() {
  const now = route.value;
  switch (now.view) {
    case "collections":
      return <Collections />;
    case "collection":
      return <Collection key={now.stream} id={now.stream} />;
    case "machines":
      return <Machines />;
    case "clients":
      return <Clients />;
    case "replays":
      return <Replays />;
    case "deletions":
      return <Deletions />;
    case "people":
      return <People />;
    default:
      return isLive.value ? (
        <div class="body">
          <StreamList />
          <StreamView />
        </div>
      ) : (
        <StreamView />
      );
  }
}

function StreamView() {
  const now = route.value;
  if (now.view === "new") {
    return <StreamForm key={write(now)} stream={null} keeps={now.keeps ?? false} />;
  }
  if (now.view === "edit") {
    const stream = byId.value.get(now.stream);
    if (stream) return <StreamForm key={stream.id} stream={stream} />;
  }
  return <LiveView />;
}
