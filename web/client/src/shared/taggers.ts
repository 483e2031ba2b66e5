/** Taggers besides sentiment: those that a stream can choose, and how their labels look. */
import { signal } from "@preact/signals";
import * as api from "./api";
import type { Post } from "./api";

export const SENTIMENT = "sentiment";

/** The taggers to choose from; null until the server has answered. */
export const known = signal<readonly api.Tagger[] | null>(null);

/** Read them again; where that fails the last answer stays. */
export async function refresh(): Promise<void> {
  try {
    const { items } = await api.taggers();
    known.value = items.filter(({ tagger }) => tagger !== SENTIMENT);
  } catch {
    known.value ??= [];
  }
}

const EMOTIONS: Readonly<Record<string, number>> = { anger: 0, joy: 1, optimism: 2, sadness: 3 };
export const TONES = 6;

/** The number of a colour for a label: the same label has the same one everywhere. */
export function toneOf(tagger: string, label: string): number {
  const emotion = tagger === "emotion" ? EMOTIONS[label] : undefined;
  if (emotion !== undefined) return emotion;
  let sum = 0;
  for (const letter of label) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return sum % TONES;
}

/** "new_york" as "New york". */
export const wordsOf = (name: string): string => {
  const text = name.replace(/_/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

export interface OtherLabel {
  tagger: string;
  label: string;
  confidence: number;
}

/** The labels of a post besides sentiment, by name of the tagger; those it could not label are left out. */
export const othersOf = (post: Post): OtherLabel[] =>
  Object.entries(post.labels ?? {})
    .filter(([tagger, { label }]) => tagger !== SENTIMENT && label !== "unknown")
    .map(([tagger, { label, confidence }]) => ({ tagger, label, confidence }))
    .sort((one, other) => one.tagger.localeCompare(other.tagger));
