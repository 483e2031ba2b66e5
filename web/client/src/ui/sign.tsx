/** A state in a word, with a sign that tells it without its colour. */

export type SignKind = "good" | "wait" | "bad" | "none";

/** The dots of streams mean the same. */
const DOTS: Record<SignKind, string> = {
  good: "dot-running",
  wait: "dot-reconnecting",
  bad: "dot-failed",
  none: "",
};

export const Sign = ({ kind, words }: { kind: SignKind; words: string }) => (
  <span class="state" role="status">
    <span class={`dot ${DOTS[kind]}`} aria-hidden="true" /> {words}
  </span>
);
