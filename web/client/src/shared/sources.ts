/** The platforms that streams can follow, as the server lists them. */
import { signal } from "@preact/signals";
import * as api from "./api";

export const X = "x";

/** The platforms; X alone until the server has answered. */
export const known = signal<readonly api.Source[]>([
  { name: X, title: "X", has_places: true, can_try: true, post_usd: 0, can_backfill: false },
]);

/** Read them again; where that fails the last answer stays. */
export async function refresh(): Promise<void> {
  try {
    known.value = (await api.sources()).items;
  } catch {
    // what is known goes on
  }
}

export const sourceOf = (name: string): api.Source | undefined =>
  known.value.find((each) => each.name === name);

const titleOf = (name: string): string => sourceOf(name)?.title || name;

/** What people call these sources: "X, Bluesky and Mastodon". */
export function titlesOf(names: readonly string[]): string {
  const titles = [...new Set(names.map(titleOf))];
  return [titles.slice(0, -1).join(", "), ...titles.slice(-1)].filter(Boolean).join(" and ");
}

/** Those of the sources whose posts carry no place. */
export const withoutPlaces = (names: readonly string[]): string[] =>
  [...new Set(names)].filter((name) => sourceOf(name)?.has_places === false);

/** What an empty map says of streams of these sources. */
export function emptyMap(names: readonly string[]): string {
  const without = withoutPlaces(names);
  if (!without.length) return "Posts that tell their place appear here.";
  return without.length === new Set(names).size
    ? `${titlesOf(without)} posts carry no place, so the map stays empty.`
    : `Posts that tell their place appear here; ${titlesOf(without)} posts carry none.`;
}

/** To which of several sources a location applies; null where to all or to none. */
export function placeNote(names: readonly string[]): string | null {
  const without = withoutPlaces(names);
  if (!without.length || without.length === names.length) return null;
  const others = names.filter((name) => !without.includes(name));
  return `${titlesOf(without)} posts carry no place: the location applies to ${titlesOf(others)} only.`;
}

/** What posts of these sources cost: "X charges $0.005 a post. Bluesky posts are free." */
export function priceNote(names: readonly string[]): string {
  const paid = names.flatMap((name) => sourceOf(name) ?? []).filter(({ post_usd }) => post_usd > 0);
  const free = names.filter((name) => !paid.some((each) => each.name === name));
  return [
    ...paid.map(({ title, post_usd }) => `${title} charges $${post_usd} a post.`),
    ...(free.length ? [`${titlesOf(free)} posts are free.`] : []),
  ].join(" ");
}

/** Which of these sources a filter cannot be tried on, and on which it is; null where on all. */
export function trialNote(names: readonly string[]): string | null {
  const without = names.filter((name) => sourceOf(name)?.can_try === false);
  if (!without.length) return null;
  const others = names.filter((name) => !without.includes(name));
  const tried = others.length ? ` The sample is of ${titlesOf(others)}.` : "";
  return `${titlesOf(without)} cannot be searched, so there is no sample of it.${tried}`;
}

/** What people call the platform of a post. */
export const platformName = (platform: string): string | undefined =>
  ({ x: "X", bluesky: "Bluesky", mastodon: "Mastodon" })[platform];
