/** The draft of a stream: what was typed in the form, kept through a reload and a new sign-in. */
import type { Box, FilterBody, Stream } from "./api";

export interface Draft {
  name: string;
  word: string;
  keywords: string;
  languages: readonly string[];
  place: string;
  box: Box | null;
}

/** What a drawn place is called. */
const DRAWN = "the drawn area";

export const EMPTY: Draft = {
  name: "",
  word: "",
  keywords: "",
  languages: ["en"],
  place: "",
  box: null,
};

export function draftOf({ name, filter }: Stream): Draft {
  const { word, keywords, languages, place } = filter;
  const box = place && place.country === null ? place.box : null;
  return {
    name,
    word,
    keywords: keywords.join(", "),
    languages,
    place: box || !place ? "" : place.name,
    box,
  };
}

/** Keywords as typed, with commas or new lines between. */
export const keywordsOf = (typed: string): string[] =>
  typed
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter(Boolean);

export function filterOf(draft: Draft): Required<FilterBody> {
  return {
    word: draft.word.trim(),
    keywords: keywordsOf(draft.keywords),
    languages: draft.languages,
    place: draft.box ? { box: draft.box, name: DRAWN } : draft.place.trim() || null,
  };
}

/** What of the filter differs from the stream's; undefined when nothing does. */
export function changeOf(draft: Draft, stream: Stream): FilterBody | undefined {
  const before = filterOf(draftOf(stream));
  const after = filterOf(draft);
  const changed = Object.entries(after).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof FilterBody]),
  );
  return changed.length ? (Object.fromEntries(changed) as FilterBody) : undefined;
}

const key = (stream: string | null): string => `weir.draft.${stream ?? "new"}`;

export function kept(stream: string | null): Draft | null {
  try {
    const text = sessionStorage.getItem(key(stream));
    return text ? { ...EMPTY, ...(JSON.parse(text) as Partial<Draft>) } : null;
  } catch {
    return null;
  }
}

export const keep = (stream: string | null, draft: Draft): void =>
  sessionStorage.setItem(key(stream), JSON.stringify(draft));

export const drop = (stream: string | null): void => sessionStorage.removeItem(key(stream));
