/** Filters of what is shown: by sentiment, by model, by source, by text, by a moment. */
import { computed, signal } from "@preact/signals";
import type { Device, Label, Post } from "../shared/api";
import { DEVICES } from "../shared/devices";
import { LABELS, speedOf, type Speed } from "../shared/labels";

/** From `from` up to, not including, `to`: ms since the epoch. */
export interface Moment {
  from: number;
  to: number;
}

export interface Choice {
  labels: ReadonlySet<Label>;
  devices: ReadonlySet<Device>;
  /** The sentiment model that must have labelled the post; null for any. */
  speed: Speed | null;
  text: string;
  moment: Moment | null;
  /** By tagger, the one label of it that posts must have. */
  others: Readonly<Record<string, string>>;
}

export const labels = signal<ReadonlySet<Label>>(new Set(LABELS));
export const devices = signal<ReadonlySet<Device>>(new Set(DEVICES));
export const speed = signal<Speed | null>(null);
export const text = signal("");
export const moment = signal<Moment | null>(null);
export const others = signal<Readonly<Record<string, string>>>({});

export const choice = computed<Choice>(() => ({
  labels: labels.value,
  devices: devices.value,
  speed: speed.value,
  text: text.value.trim(),
  moment: moment.value,
  others: others.value,
}));

/** Whether anything is left out. */
export const isNarrow = computed(() => matcher(choice.value) !== null);

/** Whether posts are told apart by more than their label, so that counts by label do not do. */
export const isFine = computed(
  () =>
    devices.value.size < DEVICES.length ||
    speed.value !== null ||
    text.value.trim() !== "" ||
    Object.keys(others.value).length > 0,
);

/** A test of posts, or null when every post passes. */
export function matcher(of: Choice): ((post: Post) => boolean) | null {
  const tests: ((post: Post) => boolean)[] = [];
  if (of.moment) {
    const { from, to } = of.moment;
    tests.push((post) => post.received_at >= from && post.received_at < to);
  }
  if (of.labels.size < LABELS.length) tests.push((post) => of.labels.has(post.label));
  if (of.devices.size < DEVICES.length) tests.push((post) => of.devices.has(post.source));
  if (of.speed) tests.push((post) => speedOf(post.model) === of.speed);
  for (const [tagger, label] of Object.entries(of.others)) {
    tests.push((post) => post.labels?.[tagger]?.label === label);
  }
  if (of.text) {
    const wanted = new RegExp(of.text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "iu");
    tests.push(
      (post) =>
        wanted.test(post.text) ||
        wanted.test(post.author?.handle ?? "") ||
        wanted.test(post.author?.name ?? ""),
    );
  }
  return tests.length ? (post) => tests.every((passes) => passes(post)) : null;
}

/** Ask for one label of a tagger, or for any with null. */
export function choose(tagger: string, label: string | null): void {
  const { [tagger]: _, ...rest } = others.value;
  others.value = label === null ? rest : { ...rest, [tagger]: label };
}

/** A set with `item` in or out; taking the last one out brings all back. */
export function toggled<T>(set: ReadonlySet<T>, item: T, everything: readonly T[]): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next.size ? next : new Set(everything);
}

export function clear(): void {
  labels.value = new Set(LABELS);
  devices.value = new Set(DEVICES);
  speed.value = null;
  text.value = "";
  moment.value = null;
  others.value = {};
}
