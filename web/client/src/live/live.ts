/** Live: the posts of the streams that are shown, as they come, at a pace that a screen can follow. */
import { computed, signal } from "@preact/signals";
import type { Post } from "../shared/api";
import { now } from "../shared/clock";
import { PostBuffer, versionsOf } from "./post-buffer";
import { addParts } from "./coverage";
import type { Series } from "./series";
import { Subscription } from "./subscription";
import { isTombstone, type EditedEvent, type Joined, type PostsEvent, type StatusEvent } from "../shared/wire";

export const KEPT_POSTS = 20_000;
const BEAT_MS = 250;
/** More posts in a beat than this cannot be read anyway: the next one comes later. */
const CALM_POSTS = 25;
const HIDDEN_MS = 1000;

export const memory = new PostBuffer(KEPT_POSTS);
export const subscriptions = new Map<string, Subscription>();

/** Rises at most four times a second while there is something new to show. */
export const beat = signal(0);
/** Rises when everything that was shown before is void. */
export const epoch = signal(0);
/** When the page was paused, in ms as the server's clock has it; null while it runs. */
export const pausedAt = signal<number | null>(null);
export const paused = computed(() => pausedAt.value !== null);
/** Posts that wait behind the pause. */
export const waiting = signal(0);

/** How much of what the streams had since they were opened here can be shown. */
export const coverage = computed(() => {
  beat.value;
  epoch.value;
  let came = 0;
  let leftOut = 0;
  let missed = 0;
  const parts = [];
  for (const subscription of subscriptions.values()) {
    came += subscription.came;
    leftOut += subscription.leftOut;
    missed += subscription.missed;
    if (subscription.part) parts.push(subscription.part);
  }
  return { came, leftOut, missed, all: came + leftOut + missed, part: addParts(parts) };
});

/** Posts that came after an interruption, and those that did not, as far as numbers can tell. */
export interface CatchUp {
  caught: number;
  missed: number;
  /** The server began to count anew: how many posts were missed is not known. */
  isUnknown: boolean;
}

export const NO_CATCH_UP: CatchUp = { caught: 0, missed: 0, isUnknown: false };

/** Rises when the server begins to count anew while the page is connected. */
export const resets = signal(0);
const allResets = (): number =>
  [...subscriptions.values()].reduce((sum, subscription) => sum + subscription.resets, 0);

type Listener = (posts: readonly Post[]) => void;
const listeners = new Set<Listener>();

/** Call back with posts in the animation frame in which they are taken up. */
export function onPosts(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Tells whether a post was deleted just now; for components that hold posts of their own. */
export const gone = signal<((post: Post) => boolean) | null>(null);

/** Gives the version that took the place of a post just now, if one did; for the same components. */
export const laterVersion = signal<((post: Post) => Post | undefined) | null>(null);

/** Copies of the series, made when the page was paused. */
let atPause: readonly Series[] = [];
let inbox: PostsEvent[] = [];
let held: Post[] = [];
let frame = 0;
let timer = 0;
let lastBeat = 0;
let sinceBeat = 0;
let beatMs = BEAT_MS;

/** Show just these streams; what is known of others is dropped. */
export function show(ids: readonly string[]): void {
  subscriptions.clear();
  for (const id of ids) subscriptions.set(id, new Subscription(id));
  inbox = [];
  held = [];
  waiting.value = 0;
  pausedAt.value = null;
  memory.clear();
  epoch.value++;
}

/** Take the answer to a subscription; returns what came after an interruption and what did not. */
export function joined(answer: Joined): CatchUp {
  const subscription = subscriptions.get(answer.stream);
  if (!subscription) return NO_CATCH_UP;
  flush();
  const { missed: before, resets } = subscription;
  const deleted = answer.posts.filter(isTombstone).map((entry) => entry.id);
  if (deleted.length) forget(deleted, []);
  const posts = subscription.join(answer);
  const isUnknown = subscription.resets > resets;
  const known = answer.posts.filter((entry): entry is Post => !isTombstone(entry) && !!entry.edited);
  if (known.length) replace(known);
  deliver(posts);
  pulse(true);
  return { caught: posts.length, missed: subscription.missed - before, isUnknown };
}

export function receive(event: PostsEvent): void {
  inbox.push(event);
  if (document.hidden) timer ||= window.setTimeout(flush, HIDDEN_MS);
  else frame ||= requestAnimationFrame(flush);
}

/** Take a status; returns whether the list of gaps has changed. */
export function settle(status: StatusEvent): boolean {
  const isAnew = subscriptions.get(status.stream)?.settle(status) ?? false;
  pulse();
  return isAnew;
}

/** Show these posts, and what these authors wrote, no longer. */
export function forget(ids: readonly string[], authors: readonly string[]): void {
  flush();
  const isId = new Set(ids);
  const isAuthor = new Set(authors);
  const isGone = (post: Post): boolean =>
    versionsOf(post).some((id) => isId.has(id)) || (post.author !== null && isAuthor.has(post.author.id));
  memory.remove(isGone);
  held = held.filter((post) => !isGone(post));
  gone.value = isGone;
  pulse(true, true);
}

/** Show later versions of posts in the places of the earlier ones. */
export function edit(event: EditedEvent): void {
  flush();
  const posts = subscriptions.get(event.stream)?.takeEdits(event.posts);
  if (!posts) return;
  replace(posts);
  pulse(true);
}

function replace(later: readonly Post[]): void {
  const versions = new Map(later.flatMap((post) => versionsOf(post).map((id) => [id, post])));
  held = held.map((post) => {
    const now = versions.get(post.id);
    return now ? { ...now, received_at: post.received_at } : post;
  });
  const placed = memory.replace(later);
  if (!placed.length) return;
  const now = new Map(placed.flatMap((post) => versionsOf(post).map((id) => [id, post])));
  laterVersion.value = (post) => now.get(post.id);
  for (const listener of listeners) listener(placed);
}

export function pause(): void {
  flush();
  atPause = [...subscriptions.values()].map((subscription) => subscription.series.copy());
  pausedAt.value = now();
}

/** The counts over time of what is shown: while the page is paused, as they were then. */
export const shownSeries = (): readonly Series[] =>
  pausedAt.peek() === null ? [...subscriptions.values()].map((subscription) => subscription.series) : atPause;

export function resume(): void {
  pausedAt.value = null;
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
  const before = allResets();
  deliver(events.flatMap((event) => subscriptions.get(event.stream)?.take(event) ?? []));
  if (allResets() > before) resets.value++;
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

function pulse(atOnce = false, force = false): void {
  const since = performance.now() - lastBeat;
  if (atOnce || since >= beatMs) {
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
