/** A reading: what the label of a post says, in words, and how far it can be trusted. */
import type { Post } from "./api";
import { LABEL_NAMES, speedOf } from "./labels";
import { percent } from "./format";

/** From this confidence on, about four labels in five were right on the model's test posts. */
export const LIKELY = 0.65;

export interface Reading {
  words: string;
  /** How sure the model is, in a word; none where there is no label. */
  certainty: "likely" | "unsure" | null;
  why: string;
}

type Labelled = Pick<Post, "label" | "confidence" | "model" | "lang">;

/** Which of the two sentiment models labelled the post, for the end of an explanation. */
const labelledBy = (model: string | null): string =>
  model === null ? "" : ` Labelled by the ${speedOf(model)} model (${model}).`;

export function readingOf(post: Labelled): Reading {
  if (post.label !== "unknown") {
    const certainty = post.confidence >= LIKELY ? "likely" : "unsure";
    return {
      words: LABEL_NAMES[post.label],
      certainty,
      why:
        `The model gives this label a probability of ${percent(post.confidence, 1)}. On its test posts ` +
        (certainty === "likely" ? "about four labels in five like this were right." : "little more than half of such labels were right.") +
        labelledBy(post.model),
    };
  }
  if (post.model === null) {
    return {
      words: "Not labelled in time",
      certainty: null,
      why: "The tagger did not label this post in time. The post itself is complete.",
    };
  }
  if (isAnotherLanguage(post.lang)) {
    return {
      words: "Another language",
      certainty: null,
      why: `The post is in a language (${post.lang}) that the model does not label.`,
    };
  }
  return { words: LABEL_NAMES.unknown, certainty: null, why: "The model knows none of its words." };
}

/** Whether a code names a language other than the model's; some codes name none. */
const isAnotherLanguage = (lang: string | null): boolean =>
  lang !== null && lang !== "" && !/^(en(-.*)?|und|zxx|art|q[a-t][a-z])$/i.test(lang);

const countries = new Intl.DisplayNames("en", { type: "region" });
/** Codes that name no country: X withholds such a post everywhere. */
const EVERYWHERE = /^X[XY]$/;

/** Where a post is not shown, in words: "Withheld in Germany, France". */
export function withheldWords(codes: readonly string[]): string {
  if (codes.some((code) => EVERYWHERE.test(code))) return "Withheld everywhere";
  const names = codes.map((code) => (/^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code));
  return `Withheld in ${names.join(", ")}`;
}
