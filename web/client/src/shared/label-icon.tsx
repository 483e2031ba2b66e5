/** The icon of a label: shape and colour, so that either is enough. */
import type { Label } from "./api";
import { MARKS } from "./labels";

export const LabelIcon = ({ label }: { label: Label }) => (
  <svg class={`mark mark-${label}`} viewBox="0 0 12 12" aria-hidden="true">
    <path d={MARKS[label]} />
  </svg>
);
