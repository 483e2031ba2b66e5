/** The app: what is seen of it depends on who is signed in and where they are. */
import { effect } from "@preact/signals";
import * as features from "./features";
import { go, isLive, route, write } from "./route";
import { standing } from "./session";
import * as socket from "./socket";
import { byId, refresh, streams } from "./streams";
import { Banners } from "./ui/banners";
import { Clients } from "./ui/clients";
import { Collection } from "./ui/collection";
import { Collections } from "./ui/collections";
import { Deletions } from "./ui/deletions";
import { Header } from "./ui/header";
import { Landing } from "./ui/landing";
import { LiveView } from "./ui/live-view";
import { Machines } from "./ui/machines";
import { Replays } from "./ui/replays";
import { StreamForm } from "./ui/stream-form";
import { StreamList } from "./ui/stream-list";

const REFRESH_MS = 5000;

/** Keep what is shown as it should be, while somebody is signed in. */
export function attend(): void {
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
  socket.begin();
}

/** Where nothing was chosen, choose a stream that runs, else the newest. */
function chooseFirst(): void {
  const now = route.value;
  if (now.view !== "live" || !streams.value?.length) return;
  if (now.streams.some((id) => byId.value.has(id))) return;
  const first = streams.value.find((each) => each.wanted === "running") ?? streams.value[0];
  if (first && (now.streams.length > 0 || location.hash === "")) {
    go({ view: "live", streams: [first.id] });
  }
}

export function App() {
  if (standing.value === "unknown") return <Header />;
  if (standing.value === "out") {
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
