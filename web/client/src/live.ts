/** Live: the posts of the streams that are shown, as they come, at a pace that a screen can follow. */
import { computed, signal } from "@preact/signals";
import type { Post } from "./api";
import { Memory } from "./memory";
import { Watch } from "./watch";
import { isTombstone, type Joined, type PostsEvent, type StatusEvent } from "./wire";

export const KEPT_POSTS = 20_000;
const BEAT_MS = 250;
/** More posts in a beat than this cannot be read anyway: the next one comes later. */
const CALM_POSTS = 25;
const HIDDEN_MS = 1000;

export const memory = new Memory(KEPT_POSTS);
export const watches = new Map<string, Watch>();

/** Rises at most four times a second while there is something new to show. */
export const beat = signal(0);
/** Rises when everything that was shown before is void. */
export const epoch = signal(0);
export const paused = signal(false);
/** Posts that wait behind the pause. */
export const waiting = signal(0);

/** How much of what the streams had since they were opened here can be shown. */
export const coverage = computed(() => {
  beat.value;
  epoch.value;
  let came = 0;
  let leftOut = 0;
  let missed = 0;
  for (const watch of watches.values()) {
    came += watch.came;
    leftOut += watch.leftOut;
    missed += watch.missed;
  }
  return { came, leftOut, missed, all: came + leftOut + missed };
});

type Listener = (posts: readonly Post[]) => void;
const listeners = new Set<Listener>();

/** Be told of posts in the animation frame in which they are taken up. */
export function onPosts(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Says of a post whether it was deleted just now; for whoever keeps posts of their own. */
export const gone = signal<((post: Post) => boolean) | null>(null);

let inbox: PostsEvent[] = [];
let held: Post[] = [];
let frame = 0;
let timer = 0;
let lastBeat = 0;
let sinceBeat = 0;
let beatMs = BEAT_MS;

/** Watch just these streams; what is known of others is dropped. */
export function show(ids: readonly string[]): void {
  watches.clear();
  for (const id of ids) watches.set(id, new Watch(id));
  inbox = [];
  held = [];
  waiting.value = 0;
  paused.value = false;
  memory.clear();
  epoch.value++;
}

export function joined(answer: Joined): { caught: number; missed: number } {
  const watch = watches.get(answer.stream);
  if (!watch) return { caught: 0, missed: 0 };
  flush();
  const before = watch.missed;
  const deleted = answer.posts.filter(isTombstone).map((entry) => entry.id);
  if (deleted.length) forget(deleted, []);
  const posts = watch.join(answer);
  deliver(posts);
  pulse(true);
  return { caught: posts.length, missed: watch.missed - before };
}

export function receive(event: PostsEvent): void {
  inbox.push(event);
  if (document.hidden) timer ||= window.setTimeout(flush, HIDDEN_MS);
  else frame ||= requestAnimationFrame(flush);
}

export function settle(status: StatusEvent): void {
  watches.get(status.stream)?.settle(status);
  pulse();
}

/** Show these posts, and what these authors wrote, no longer. */
export function forget(ids: readonly string[], authors: readonly string[]): void {
  flush();
  const isId = new Set(ids);
  const isAuthor = new Set(authors);
  const isGone = (post: Post): boolean =>
    isId.has(post.id) || (post.author !== null && isAuthor.has(post.author.id));
  memory.remove(isGone);
  held = held.filter((post) => !isGone(post));
  gone.value = isGone;
  pulse(true, true);
}

export function pause(): void {
  paused.value = true;
}

export function resume(): void {
  paused.value = false;
  const posts = held;
  held = [];
  waiting.value = 0;
  deliver(posts);
  pulse(true);
}

function flush(): void {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  frame = timer = 0;
  if (!inbox.length) return;
  const events = inbox;
  inbox = [];
  deliver(events.flatMap((event) => watches.get(event.stream)?.take(event) ?? []));
  pulse();
}

function deliver(posts: readonly Post[]): void {
  if (paused.value) {
    held.push(...posts);
    if (held.length > KEPT_POSTS) held = held.slice(-KEPT_POSTS);
    return;
  }
  const fresh = posts.filter((post) => memory.add(post));
  sinceBeat += fresh.length;
  if (fresh.length) for (const listener of listeners) listener(fresh);
}

let later = 0;

function pulse(now = false, force = false): void {
  const since = performance.now() - lastBeat;
  if (now || since >= beatMs) {
    clearTimeout(later);
    later = 0;
    lastBeat = performance.now();
    beatMs = sinceBeat > CALM_POSTS ? 2 * BEAT_MS : BEAT_MS;
    sinceBeat = 0;
    waiting.value = held.length;
    if (!paused.value || force) beat.value++;
  } else {
    later ||= window.setTimeout(() => pulse(true), beatMs - since);
  }
}

document.addEventListener("visibilitychange", flush);
