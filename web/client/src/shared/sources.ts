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

/** What an empty map says of streams of these sources. */
export function emptyMap(names: readonly string[]): string {
  const titles = names.map(sourceOf).map((source) => (source?.has_places === false ? source.title : null));
  const which = [...new Set(titles)];
  return which.length && !which.includes(null)
    ? `${which.join(" and ")} posts carry no place, so the map stays empty.`
    : "Posts that tell their place appear here.";
}

/** What people call the platform of a post. */
export const platformName = (platform: string): string | undefined =>
  ({ x: "X", bluesky: "Bluesky", mastodon: "Mastodon" })[platform];
