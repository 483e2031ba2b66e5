/** What the account has used of its limits. */
import { ListView } from "../shared/list-view";
import { usePoll } from "../shared/poll";
import { amount, quotas, titleOf, type QuotaUse } from "./quotas";

const EVERY_MS = 15_000;

export function Quotas() {
  usePoll(quotas.refresh, EVERY_MS);
  return (
    <section class="panel section" aria-labelledby="quotas-title">
      <div>
        <h3 id="quotas-title">What you use</h3>
        <p class="muted">An administrator sets the limits.</p>
      </div>
      <ListView of={quotas} empty={<p>There are no limits.</p>}>
        {(items) => (
          <dl class="facts" aria-label="What you use">
            {items.map((each) => (
              <Use key={each.name} use={each} />
            ))}
          </dl>
        )}
      </ListView>
    </section>
  );
}

function Use({ use }: { use: QuotaUse }) {
  const { unit, used, limit } = use;
  const isFull = limit !== null && used >= limit;
  return (
    <>
      <dt>{titleOf(use)}</dt>
      <dd class={isFull ? "trouble" : undefined}>
        {amount(used, unit)}
        {limit === null ? ", no limit" : ` of ${amount(limit, unit)}`}
      </dd>
    </>
  );
}
