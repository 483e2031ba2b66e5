/** A state as a word with a dot; the word alone is enough. */

export type BadgeKind = "good" | "wait" | "bad" | "none";

/** The dots of streams mean the same. */
const DOTS: Record<BadgeKind, string> = {
  good: "dot-running",
  wait: "dot-reconnecting",
  bad: "dot-failed",
  none: "",
};

export const StatusBadge = ({ kind, words }: { kind: BadgeKind; words: string }) => (
  <span class="state" role="status">
    <span class={`dot ${DOTS[kind]}`} aria-hidden="true" /> {words}
  </span>
);
