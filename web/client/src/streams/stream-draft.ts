/** The draft of a stream: what was typed in the form, kept through a reload and a new sign-in. */
import type { Box, FilterBody, Stream } from "../shared/api";
import { withoutPlaces, X } from "../shared/sources";
import { NO_PLAN, planDraftOf, type PlanDraft } from "../collections/plan-draft";

export interface Draft {
  /** The platforms to follow; a stream keeps those that it was made for. */
  sources: readonly string[];
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
  sources: [X],
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

export function draftOf({ name, sources, filter, plan }: Stream): Draft {
  const { word, keywords, languages, place } = filter;
  const box = place && place.country === null ? place.box : null;
  return {
    sources,
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

/** Whether posts of any of the platforms say where they are from. */
export const hasPlaces = ({ sources }: Draft): boolean => withoutPlaces(sources).length < sources.length;

/** The platforms once one of them was chosen or left out; one always stays. */
export function toggled(chosen: readonly string[], name: string): readonly string[] {
  if (!chosen.includes(name)) return [...chosen, name];
  return chosen.length > 1 ? chosen.filter((each) => each !== name) : chosen;
}

/** Whether every term is a hashtag. */
export function asksForHashtagsOnly(draft: Draft): boolean {
  const terms = [draft.word.trim(), ...keywordsOf(draft.keywords)].filter(Boolean);
  return terms.length > 0 && terms.every((term) => /^[#＃][\p{L}\p{N}_]+$/u.test(term));
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
