/** The draft of a stream: what was typed in the form, kept through a reload and a new sign-in. */
import type { Box, FilterBody, Stream } from "../shared/api";
import { sourceOf, X } from "../shared/sources";
import { NO_PLAN, planDraftOf, type PlanDraft } from "../collections/plan-draft";

export interface Draft {
  /** The platform to follow; a stream keeps the one that it was made for. */
  source: string;
  name: string;
  word: string;
  keywords: string;
  languages: readonly string[];
  place: string;
  box: Box | null;
  plan: PlanDraft;
}

/** What a drawn place is called. */
const DRAWN = "the drawn area";

export const EMPTY: Draft = {
  source: X,
  name: "",
  word: "",
  keywords: "",
  languages: ["en"],
  place: "",
  box: null,
  plan: planDraftOf(NO_PLAN),
};

/** A stream that is to keep its posts. */
export const COLLECTION: Draft = { ...EMPTY, plan: { ...EMPTY.plan, keeps: true } };

export function draftOf({ name, source, filter, plan }: Stream): Draft {
  const { word, keywords, languages, place } = filter;
  const box = place && place.country === null ? place.box : null;
  return {
    source,
    name,
    word,
    keywords: keywords.join(", "),
    languages,
    place: box || !place ? "" : place.name,
    box,
    plan: planDraftOf(plan),
  };
}

/** A draft that looks for the same; a collection keeps its name for itself, and times are past. */
export function likeness(stream: Stream): Draft {
  const draft = draftOf(stream);
  return { ...draft, plan: { ...draft.plan, collection: "", starts: "", ends: "" } };
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
    place: hasPlaces(draft) ? placeOf(draft) : null,
  };
}

const placeOf = (draft: Draft) =>
  draft.box ? { box: draft.box, name: DRAWN } : draft.place.trim() || null;

/** Whether the platform's posts say where they are from. */
export const hasPlaces = (draft: Draft): boolean => sourceOf(draft.source)?.has_places ?? true;

/** What of the filter differs from the stream's; undefined when nothing does. */
export function changeOf(draft: Draft, stream: Stream): FilterBody | undefined {
  const before = filterOf(draftOf(stream));
  const after = filterOf(draft);
  const changed = Object.entries(after).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof FilterBody]),
  );
  return changed.length ? (Object.fromEntries(changed) as FilterBody) : undefined;
}

/** `of` is the stream's id, or says what is to be made. */
const key = (of: string): string => `weir.draft.${of}`;

export function kept(of: string): Draft | null {
  try {
    const text = sessionStorage.getItem(key(of));
    if (!text) return null;
    const found = JSON.parse(text) as Partial<Draft>;
    return { ...EMPTY, ...found, plan: { ...EMPTY.plan, ...found.plan } };
  } catch {
    return null;
  }
}

export const keep = (of: string, draft: Draft): void =>
  sessionStorage.setItem(key(of), JSON.stringify(draft));

export const drop = (of: string): void => sessionStorage.removeItem(key(of));
