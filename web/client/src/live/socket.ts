/** The socket: connected while somebody is signed in, subscribed to the streams that are shown. */
import { effect, signal } from "@preact/signals";
import { io, type Socket } from "socket.io-client";
import { now } from "../shared/clock";
import { overlap } from "./gaps";
import * as history from "./history";
import * as live from "./live";
import * as session from "../app/session";
import * as streams from "../streams/streams";
import { Subscription } from "./subscription";
import type { DeletedEvent, EditedEvent, Joined, PostsEvent, Refused, StatusEvent } from "../shared/wire";

export type Link = "connecting" | "up" | "down";
export const link = signal<Link>("connecting");

export interface Outage extends live.CatchUp {
  /** How long the page had no connection; 0 when the server alone lost its numbers. */
  ms: number;
  /** Milliseconds of it in which Weir itself was not listening to the platform. */
  gapMs: number;
}

/** What an interruption cost; null when there was none, or it was dismissed. */
export const outage = signal<Outage | null>(null);

/** The stream that a page of its own follows, whether or not the live view shows it, too. */
export const followed = signal<Subscription | null>(null);

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
  effect(() => {
    if (live.resets.value) outage.value = { ...live.NO_CATCH_UP, isUnknown: true, ms: 0, gapMs: 0 };
  });
  // A page from the browser's cache shows the past: connect anew, and ask for what was missed.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && socket) {
      socket.disconnect();
      down();
      socket.connect();
    }
  });
}

/** Show just these streams. */
export function show(ids: readonly string[]): void {
  for (const id of live.subscriptions.keys()) socket?.emit("unsubscribe", { stream: id });
  live.show(ids);
  outage.value = null;
  if (socket?.connected) void joinAll();
}

/** Follow a stream beside those that are shown, or none. */
export function follow(id: string | null): void {
  const before = followed.peek();
  if ((before?.id ?? null) === id) return;
  if (before && isAside(before.id)) socket?.emit("unsubscribe", { stream: before.id });
  followed.value = id === null ? null : (live.subscriptions.get(id) ?? new Subscription(id));
  if (id !== null && isAside(id) && socket?.connected) void join(id);
}

/** Whether a stream is followed, but not shown. */
const isAside = (id: string): boolean => followed.peek()?.id === id && !live.subscriptions.has(id);

const subscriptionOf = (id: string): Subscription | undefined =>
  live.subscriptions.get(id) ?? (isAside(id) ? (followed.peek() ?? undefined) : undefined);

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
    if (isAside(event.stream)) subscriptionOf(event.stream)?.take(event);
    else live.receive(event);
  });
  socket.on("edited", (event: EditedEvent) => {
    if (isAside(event.stream)) subscriptionOf(event.stream)?.takeEdits(event.posts);
    else live.edit(event);
  });
  socket.on("deleted", (event: DeletedEvent) => live.forget(event.ids, event.authors));
  socket.on("status", (event: StatusEvent) => {
    streams.hear(event);
    if (isAside(event.stream)) subscriptionOf(event.stream)?.settle(event);
    else if (live.settle(event)) void history.readOlder().catch(() => undefined);
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
  const ms = performance.now() - lost;
  const until = now();
  await history.readOlder().catch(() => undefined);
  outage.value = {
    ms,
    gapMs: overlap(history.gaps(), until - ms, until),
    caught: costs.reduce((sum, cost) => sum + cost.caught, 0),
    missed: costs.reduce((sum, cost) => sum + cost.missed, 0),
    isUnknown: costs.some((cost) => cost.isUnknown),
  };
  void streams.refresh().catch(() => undefined);
}

function joinAll(): Promise<live.CatchUp[]> {
  const aside = followed.peek()?.id;
  const ids = new Set([...live.subscriptions.keys(), ...(aside === undefined ? [] : [aside])]);
  return Promise.all([...ids].map(join));
}

async function join(id: string): Promise<live.CatchUp> {
  const nothing = live.NO_CATCH_UP;
  const subscription = subscriptionOf(id);
  const via = socket;
  if (!subscription || !via?.connected) return nothing;
  let answer: Joined | Refused;
  try {
    const asked = { stream: id, since: subscription.since, epoch: subscription.epoch };
    answer = (await via.timeout(ANSWER_MS).emitWithAck("subscribe", asked)) as Joined | Refused;
  } catch {
    return join(id);
  }
  if (subscriptionOf(id) !== subscription) return nothing;
  if ("error" in answer) {
    if (answer.error.code !== "no_such_stream") window.setTimeout(() => void join(id), RETRY_MS);
    return nothing;
  }
  streams.hear(answer.status);
  if (!isAside(id)) return live.joined(answer);
  subscription.join(answer);
  return nothing;
}
