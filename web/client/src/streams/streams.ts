/** The streams of the account: what is known of each, and the orders that may be given. */
import { computed, signal } from "@preact/signals";
import * as api from "../shared/api";
import type { Stream } from "../shared/api";
import type { StatusEvent } from "../shared/wire";

/** Null until they were read. */
export const streams = signal<readonly Stream[] | null>(null);
export const archived = signal<readonly Stream[] | null>(null);
/** What went wrong with the last order about a stream. */
export const troubles = signal<Readonly<Record<string, string>>>({});

export const byId = computed(() => new Map((streams.value ?? []).map((each) => [each.id, each])));

let orders = 0;

/** How often, and after how many ms, a restart looks whether the stream has stopped. */
const STOP_TRIES = 20;
const STOP_MS = 300;

/** Read the list; an answer that an order overtook is dropped. */
export async function refresh(): Promise<void> {
  const before = orders;
  const found = await api.streams();
  if (before === orders) streams.value = found;
}

export async function readArchived(): Promise<void> {
  archived.value = await api.archivedStreams();
}

/** Take what the socket says of a stream. */
export function hear(status: StatusEvent): void {
  const { stream, state, rate, lag_ms, fault, note, since, sources, totals } = status;
  change(stream, (known) => ({
    ...known,
    status: { state, rate, lag_ms, fault, note, since, sources: sources ?? [] },
    totals,
  }));
}

export const start = (stream: Stream): Promise<void> =>
  order(stream, { wanted: "running", status: { ...stream.status, state: "starting" } }, () =>
    api.startStream(stream.id),
  );

export const stop = (stream: Stream): Promise<void> =>
  order(stream, { wanted: "stopped", status: { ...stream.status, state: "stopping" } }, () =>
    api.stopStream(stream.id),
  );

/** Stop a stream that failed, and start it once that is done: then it is tried from the beginning. */
export const restart = (stream: Stream): Promise<void> =>
  order(stream, { status: { ...stream.status, state: "starting", fault: null } }, async () => {
    let now = await api.stopStream(stream.id);
    for (let tries = 0; now.status.state !== "stopped" && tries < STOP_TRIES; tries++) {
      await new Promise((done) => setTimeout(done, STOP_MS));
      now = await api.stream(stream.id);
    }
    return api.startStream(stream.id);
  });

export async function archive(stream: Stream): Promise<void> {
  await order(stream, { status: { ...stream.status, state: "stopping" } }, async () => {
    await api.archiveStream(stream.id);
    streams.value = (streams.value ?? []).filter((each) => each.id !== stream.id);
    archived.value = null;
    return null;
  });
}

export function put(stream: Stream): void {
  orders++;
  const rest = (streams.value ?? []).filter((each) => each.id !== stream.id);
  streams.value = [stream, ...rest].sort((a, b) => b.created_at - a.created_at);
}

/** Show an order as begun at once, then as the server has it; on refusal say why and go back. */
async function order(
  stream: Stream,
  expected: Partial<Stream>,
  call: () => Promise<Stream | null>,
): Promise<void> {
  orders++;
  say(stream.id, null);
  change(stream.id, (known) => ({ ...known, ...expected }));
  try {
    const answer = await call();
    if (answer) change(stream.id, () => answer);
  } catch (error) {
    const noted = error instanceof api.ApiError && error.code === "redis_down";
    if (!noted) change(stream.id, () => stream);
    say(stream.id, error instanceof Error ? error.message : String(error));
  }
}

function change(id: string, to: (known: Stream) => Stream): void {
  if (!streams.value) return;
  streams.value = streams.value.map((each) => (each.id === id ? to(each) : each));
}

function say(id: string, trouble: string | null): void {
  const { [id]: _, ...rest } = troubles.value;
  troubles.value = trouble ? { ...rest, [id]: trouble } : rest;
}
