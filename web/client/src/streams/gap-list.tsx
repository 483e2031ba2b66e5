/** The gaps of a stream: when Weir was not listening, and why, newest first; and its doubts. */
import { useSignal } from "@preact/signals";
import type { Gap } from "../shared/api";
import { spanOf } from "../charts/bars";
import { count, duration } from "../shared/format";
import { fillOf, isDoubt, reasonOf } from "./gap-words";
import type { Listing } from "../shared/listing";
import { titlesOf } from "../shared/sources";

const FIRST = 10;

/** `none` is what is said where no gap is recorded. */
export function GapList({ gaps, none }: { gaps: Listing<Gap>; none: string }) {
  const all = useSignal(false);
  const items = [...(gaps.items.value ?? [])].reverse();
  const shown = all.value ? items : items.slice(0, FIRST);
  return (
    <section class="panel section" aria-labelledby="gaps-title">
      <h3 id="gaps-title">{items.some(isDoubt) ? "Gaps and doubts" : "Gaps"}</h3>
      {gaps.items.value === null && <p class="muted">Loading…</p>}
      {gaps.items.value?.length === 0 && <p class="muted">{none}</p>}
      {items.length > 0 && (
        <ul class="gaps">
          {shown.map((gap) => (
            <li key={`${gap.reason} ${gap.from} ${gap.source ?? ""}`}>
              <span>
                {spanOf(gap)}
                {gap.to !== null && <span class="muted"> ({duration(gap.to - gap.from)})</span>}
              </span>
              <span class="muted">
                {gap.source && `${titlesOf([gap.source])}: `}
                {[reasonOf(gap.reason, gap.source ? titlesOf([gap.source]) : undefined), fillOf(gap)]
                  .filter(Boolean)
                  .join(" ")}
              </span>
            </li>
          ))}
        </ul>
      )}
      {items.length > shown.length && (
        <button onClick={() => (all.value = true)}>Show all {count(items.length)}</button>
      )}
    </section>
  );
}
