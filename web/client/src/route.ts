/** The route: which streams are shown, or which form, kept in the address so that a reload stays. */
import { signal } from "@preact/signals";

export type Route =
  | { view: "live"; streams: readonly string[] }
  | { view: "new" }
  | { view: "edit"; stream: string };

const ID = /^[0-9a-f]{1,32}$/;

export function parse(hash: string): Route {
  const [view, rest = ""] = hash.replace(/^#\/?/, "").split("/");
  if (view === "new") return { view: "new" };
  if (view === "edit" && ID.test(rest)) return { view: "edit", stream: rest };
  const streams = view === "live" ? rest.split("+").filter((id) => ID.test(id)) : [];
  return { view: "live", streams: [...new Set(streams)] };
}

export function write(route: Route): string {
  if (route.view === "new") return "#/new";
  if (route.view === "edit") return `#/edit/${route.stream}`;
  return route.streams.length ? `#/live/${route.streams.join("+")}` : "#/live";
}

export const route = signal<Route>({ view: "live", streams: [] });

let lastShown: readonly string[] = [];
route.subscribe((now) => {
  if (now.view === "live") lastShown = now.streams;
});

/** Go back from a form to what was shown before it, or to a stream that was not. */
export const goBack = (to?: string): void =>
  go({ view: "live", streams: !to || lastShown.includes(to) ? lastShown : [to] });

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
