/** The socket: connected while somebody is signed in, joined to the rooms of what is shown. */
import { effect, signal } from "@preact/signals";
import { io, type Socket } from "socket.io-client";
import * as live from "./live";
import * as session from "./session";
import * as streams from "./streams";
import { Watch } from "./watch";
import type { DeletedEvent, Joined, PostsEvent, Refused, StatusEvent } from "./wire";

export type Link = "connecting" | "up" | "down";
export const link = signal<Link>("connecting");

/** What an interruption cost; null when there was none, or it was read. */
export const outage = signal<{ ms: number; caught: number; missed: number } | null>(null);

/** The stream that a page of its own follows, whether or not the live view shows it, too. */
export const followed = signal<Watch | null>(null);

const RETRY_MS = 2000;
const ANSWER_MS = 10_000;

let socket: Socket | null = null;
let downSince: number | null = null;
let retry = 0;

/** Keep the socket as the session is. */
export function begin(): void {
  effect(() => {
    if (session.standing.value === "in") open();
    else close();
  });
}

/** Show just these streams. */
export function show(ids: readonly string[]): void {
  for (const id of live.watches.keys()) socket?.emit("unsubscribe", { stream: id });
  live.show(ids);
  outage.value = null;
  if (socket?.connected) void joinAll();
}

/** Follow a stream beside those that are shown, or none. */
export function follow(id: string | null): void {
  const before = followed.peek();
  if ((before?.id ?? null) === id) return;
  if (before && isAside(before.id)) socket?.emit("unsubscribe", { stream: before.id });
  followed.value = id === null ? null : (live.watches.get(id) ?? new Watch(id));
  if (id !== null && isAside(id) && socket?.connected) void join(id);
}

/** Whether a stream is followed, but not shown. */
const isAside = (id: string): boolean => followed.peek()?.id === id && !live.watches.has(id);

const watchOf = (id: string): Watch | undefined =>
  live.watches.get(id) ?? (isAside(id) ? (followed.peek() ?? undefined) : undefined);

function open(): void {
  if (socket) return;
  socket = io("/stream", {
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  });
  socket.on("connect", () => void connected());
  socket.on("disconnect", (reason) => {
    down();
    if (reason === "io server disconnect") again();
  });
  socket.on("connect_error", () => {
    down();
    if (!socket?.active) again();
  });
  socket.on("posts", (event: PostsEvent) => {
    if (isAside(event.stream)) watchOf(event.stream)?.take(event);
    else live.receive(event);
  });
  socket.on("deleted", (event: DeletedEvent) => live.forget(event.ids, event.authors));
  socket.on("status", (event: StatusEvent) => {
    streams.hear(event);
    if (isAside(event.stream)) watchOf(event.stream)?.settle(event);
    else live.settle(event);
  });
}

function close(): void {
  clearTimeout(retry);
  socket?.close();
  socket = null;
}

function down(): void {
  downSince ??= link.peek() === "up" ? performance.now() : null;
  link.value = "down";
}

/** The server refused or ended the connection: see whether we are still signed in. */
function again(): void {
  clearTimeout(retry);
  retry = window.setTimeout(() => {
    session.check().then(
      () => session.standing.peek() === "in" && socket?.connect(),
      () => again(),
    );
  }, RETRY_MS);
}

async function connected(): Promise<void> {
  const lost = downSince;
  downSince = null;
  link.value = "up";
  const costs = await joinAll();
  if (lost === null) return;
  outage.value = {
    ms: performance.now() - lost,
    caught: costs.reduce((sum, cost) => sum + cost.caught, 0),
    missed: costs.reduce((sum, cost) => sum + cost.missed, 0),
  };
  void streams.refresh().catch(() => undefined);
}

function joinAll(): Promise<{ caught: number; missed: number }[]> {
  const aside = followed.peek()?.id;
  const ids = new Set([...live.watches.keys(), ...(aside === undefined ? [] : [aside])]);
  return Promise.all([...ids].map(join));
}

async function join(id: string): Promise<{ caught: number; missed: number }> {
  const nothing = { caught: 0, missed: 0 };
  const watch = watchOf(id);
  const via = socket;
  if (!watch || !via?.connected) return nothing;
  let answer: Joined | Refused;
  try {
    const asked = { stream: id, since: watch.since };
    answer = (await via.timeout(ANSWER_MS).emitWithAck("subscribe", asked)) as Joined | Refused;
  } catch {
    return join(id);
  }
  if (watchOf(id) !== watch) return nothing;
  if ("error" in answer) {
    if (answer.error.code !== "no_such_stream") window.setTimeout(() => void join(id), RETRY_MS);
    return nothing;
  }
  streams.hear(answer.status);
  if (!isAside(id)) return live.joined(answer);
  watch.join(answer);
  return nothing;
}
