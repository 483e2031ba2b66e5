/** The gaps of a stream: when nobody listened, and why, newest first. */
import { useSignal } from "@preact/signals";
import type { Gap } from "../api";
import { spanOf } from "../bars";
import { count, duration } from "../format";
import { reasonOf } from "../gap-words";
import type { Listing } from "../listing";

const FIRST = 10;

export function GapList({ gaps }: { gaps: Listing<Gap> }) {
  const all = useSignal(false);
  const items = [...(gaps.items.value ?? [])].reverse();
  const shown = all.value ? items : items.slice(0, FIRST);
  return (
    <section class="panel section" aria-labelledby="gaps-title">
      <h3 id="gaps-title">Gaps</h3>
      {gaps.items.value === null && <p class="muted">Reading…</p>}
      {gaps.items.value?.length === 0 && <p class="muted">None: somebody listened all the time.</p>}
      {items.length > 0 && (
        <ul class="gaps">
          {shown.map((gap) => (
            <li key={gap.from}>
              <span>
                {spanOf(gap)}
                {gap.to !== null && <span class="muted"> ({duration(gap.to - gap.from)})</span>}
              </span>
              <span class="muted">{reasonOf(gap.reason)}</span>
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
