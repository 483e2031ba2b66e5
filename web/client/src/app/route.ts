/** The route: which page is shown, and of what, kept in the address so that a reload stays. */
import { computed, signal } from "@preact/signals";

/** Pages that are one of a kind. */
export const PAGES = ["collections", "machines", "clients", "replays", "deletions", "people"] as const;
export type PageName = (typeof PAGES)[number];

/** `keeps` says that the new stream is to keep its posts: a collection. */
export type Route =
  | { view: "live"; streams: readonly string[] }
  | { view: "new"; keeps?: true }
  | { view: "edit"; stream: string }
  | { view: "collection"; stream: string }
  | { view: "join"; token: string }
  | { view: PageName };

const ID = /^[0-9a-f]{1,32}$/;
const TOKEN = /^[\w-]{20,100}$/;

export function parse(hash: string): Route {
  const [view, rest = ""] = hash.replace(/^#\/?/, "").split("/");
  if (view === "new") return rest === "collection" ? { view, keeps: true } : { view };
  if (view === "edit" && ID.test(rest)) return { view, stream: rest };
  if (view === "collections" && ID.test(rest)) return { view: "collection", stream: rest };
  if (view === "join" && TOKEN.test(rest)) return { view, token: rest };
  const page = PAGES.find((each) => each === view);
  if (page) return { view: page };
  const streams = view === "live" ? rest.split("+").filter((id) => ID.test(id)) : [];
  return { view: "live", streams: [...new Set(streams)] };
}

export function write(route: Route): string {
  if (route.view === "new") return route.keeps ? "#/new/collection" : "#/new";
  if (route.view === "edit") return `#/edit/${route.stream}`;
  if (route.view === "collection") return `#/collections/${route.stream}`;
  if (route.view === "join") return `#/join/${route.token}`;
  if (route.view !== "live") return `#/${route.view}`;
  return route.streams.length ? `#/live/${route.streams.join("+")}` : "#/live";
}

export const route = signal<Route>({ view: "live", streams: [] });

/** The streams that the live view showed last. */
export const lastShown = signal<readonly string[]>([]);
/** What was shown before a form. */
export const lastPlace = signal<Route>(route.peek());
route.subscribe((now) => {
  if (now.view === "live") lastShown.value = now.streams;
  if (now.view !== "new" && now.view !== "edit") lastPlace.value = now;
});

/** Whether the live view is shown, or a form that belongs to it. */
export const isLive = computed(() => {
  const now = route.value;
  if (now.view === "new" && now.keeps) return false;
  return (now.view === "new" || now.view === "edit" ? lastPlace.value : now).view === "live";
});

/** Go back from a form to what was shown before it, or to a stream that was not. */
export function goBack(to?: string): void {
  if (isLive.peek()) {
    const shown = lastShown.peek();
    go({ view: "live", streams: !to || shown.includes(to) ? shown : [to] });
  } else {
    const isPage = lastPlace.peek().view !== "live";
    go(to ? { view: "collection", stream: to } : isPage ? lastPlace.peek() : { view: "collections" });
  }
}

export function go(to: Route): void {
  if (write(to) !== location.hash) history.pushState(null, "", write(to));
  route.value = to;
}

/** Follow the address: at once, and when the person goes back or forth. */
export function follow(): void {
  const look = (): void => void (route.value = parse(location.hash));
  addEventListener("popstate", look);
  look();
}
