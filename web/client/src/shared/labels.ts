/** Labels: their names, their order, and the mark that tells each without its colour. */
import type { Label, Post } from "./api";

export const LABELS: readonly Label[] = ["positive", "neutral", "negative", "unknown"];

/** What posts are counted by: their label, or that no tagger labelled them. */
export type CountKind = Label | "not_labelled";
export const COUNT_KINDS: readonly CountKind[] = [...LABELS, "not_labelled"];

/** Without a model, "unknown" is nobody's answer. */
export const countKind = ({ label, model }: Pick<Post, "label" | "model">): CountKind =>
  label === "unknown" && model === null ? "not_labelled" : label;

/** The two sentiment models: a stream's posts are labelled by both, as time allows. */
export type Speed = "accurate" | "fast";
export const SPEEDS: readonly Speed[] = ["accurate", "fast"];

/** The versions of the accurate model begin so; all others are of the fast one. */
const ACCURATE = "accurate.";

/** Which of the two models a version names; none where no tagger labelled the post. */
export const speedOf = (model: string | null): Speed | null =>
  model === null ? null : model.startsWith(ACCURATE) ? "accurate" : "fast";

export const LABEL_NAMES: Record<Label, string> = {
  positive: "Positive",
  neutral: "Neutral",
  negative: "Negative",
  unknown: "Unknown",
};

/** Outlines in a square of 12, as SVG paths: up, round, down, hollow diamond. */
export const MARKS: Record<Label, string> = {
  positive: "M6 1 11 10.500H1z",
  neutral: "M6 1.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 1 0 0-9z",
  negative: "M6 11 1 1.500h10z",
  unknown: "M6 1.300 10.700 6 6 10.700 1.300 6z",
};

export const isHollow = (label: Label): boolean => label === "unknown";
export const labelColour = (label: Label): string => `var(--${label})`;
