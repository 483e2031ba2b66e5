/** Selectors over the post buffer: the newest posts that pass the filters, and their counts. */
import { computed } from "@preact/signals";
import type { Device, Post } from "../shared/api";
import { choice, matcher, type Choice } from "./filters";
import { speedOf, type Speed } from "../shared/labels";
import * as live from "./live";
import { othersOf } from "../shared/taggers";

/** Posts in the feed while it runs, and while somebody reads in it. */
export const RUNNING = 30;
export const READING = 200;

export const listed = computed<readonly Post[]>(() => {
  live.beat.value;
  live.epoch.value;
  return newest(RUNNING, choice.value);
});

/** The newest posts that pass, at most so many. */
export function newest(most: number, of: Choice): Post[] {
  const passes = matcher(of);
  const found: Post[] = [];
  for (const post of live.memory.newest()) {
    if (passes && !passes(post)) continue;
    if (found.push(post) === most) break;
  }
  return found;
}

/** Whether a source names the devices that posts are written on; X has named none since 2022. */
export const namesDevices = computed<boolean>(() => {
  live.beat.value;
  live.epoch.value;
  return live.memory.devices.other < live.memory.size;
});

/** Whether both sentiment models have labelled posts in memory, so that they can be told apart. */
export const namesSpeeds = computed<boolean>(() => {
  live.beat.value;
  live.epoch.value;
  const found = new Set<Speed>();
  for (const post of live.memory.newest()) {
    const speed = speedOf(post.model);
    if (speed && found.add(speed).size === 2) return true;
  }
  return false;
});

/** The labels of other taggers among the posts in memory, by name of the tagger. */
export const otherLabels = computed<readonly [string, readonly string[]][]>(() => {
  live.beat.value;
  live.epoch.value;
  const found = new Map<string, Set<string>>();
  for (const tagger of Object.keys(choice.value.others)) found.set(tagger, new Set());
  for (const post of live.memory.newest()) {
    if (!post.labels) continue;
    for (const { tagger, label } of othersOf(post)) {
      found.set(tagger, (found.get(tagger) ?? new Set()).add(label));
    }
  }
  return [...found].sort().map(([tagger, labels]) => [tagger, [...labels].sort()]);
});

export interface Shares {
  all: number;
  devices: Record<Device, number>;
}

/** How many posts in memory pass, in all and by device. */
export const shares = computed<Shares>(() => {
  live.beat.value;
  live.epoch.value;
  const passes = matcher(choice.value);
  if (!passes) return { all: live.memory.size, devices: { ...live.memory.devices } };
  const devices = { iphone: 0, android: 0, web: 0, other: 0 };
  let all = 0;
  for (const post of live.memory.newest()) {
    if (!passes(post)) continue;
    devices[post.source]++;
    all++;
  }
  return { all, devices };
});
