/** The meter of a budget: what was used of it, in posts and in dollars, and how long the rest will do. */
import { useId } from "preact/hooks";
import type { Stream } from "../shared/api";
import { isPaid, meterOf, usedInWords } from "./budget";
import { isSpent } from "./state-words";
import { price } from "../collections/collections";
import { duration } from "../shared/format";

export function BudgetMeter({ stream }: { stream: Stream }) {
  const id = useId();
  const { plan, totals, status } = stream;
  const free = totals.free ?? 0;
  const meter = meterOf(plan, totals.posts - free, price.value);
  if (!meter) return null;
  const words = usedInWords(meter, price.value);
  const left = meter.most - meter.used;
  const runs = status.state === "running" && status.rate > 0 && !free;
  const stopped = meter.isSpent || isSpent(stream);
  return (
    <div class={stopped ? "budget spent" : "budget"}>
      <p class="budget-words">
        <span id={id}>
          Budget: {words.posts}
        </span>
        {(isPaid(stream.source) || plan.budget_usd !== null) && <span class="muted">{words.usd}</span>}
      </p>
      <progress value={meter.used} max={meter.most} aria-labelledby={id} />
      {stopped ? (
        <p class="small">The budget is used up, so the stream is paused. Raise it to continue.</p>
      ) : (
        runs && <p class="small muted">At this rate it lasts {duration((1000 * left) / status.rate)}.</p>
      )}
    </div>
  );
}
