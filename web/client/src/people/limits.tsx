/** The limits of every account and of all together, as administrators set them. */
import { useSignal } from "@preact/signals";
import { amount, limitOf, quotas, setLimit, type QuotaUse } from "../account/quotas";
import { ListView } from "../shared/list-view";
import { usePoll } from "../shared/poll";

const EVERY_MS = 15_000;

export function Limits() {
  usePoll(quotas.refresh, EVERY_MS);
  return (
    <section class="panel section" aria-labelledby="limits-title">
      <div>
        <h3 id="limits-title">Limits</h3>
        <p class="muted">
          Left empty, there is none. Those of all together are hard: when what is spent comes near, every
          paid stream stops.
        </p>
      </div>
      <ListView of={quotas} empty={<p>Nothing can be limited.</p>}>
        {(items) => (
          <ul class="rows" aria-label="Limits">
            {items.map((each) => (
              <LimitRow key={each.name} use={each} />
            ))}
          </ul>
        )}
      </ListView>
    </section>
  );
}

function LimitRow({ use }: { use: QuotaUse }) {
  const trouble = quotas.refused.value[use.name];
  const title = use.title.charAt(0).toUpperCase() + use.title.slice(1);
  return (
    <li>
      <div>
        <strong>{title}</strong>
        <p class="muted small">
          {amount(use.total_used, use.unit)} used by all{use.unit === "bytes" && "; in bytes"}
        </p>
        {trouble && (
          <p class="trouble" role="alert">
            {trouble}
          </p>
        )}
      </div>
      <LimitField use={use} subject="each" label="Each" limit={use.each_limit} />
      <LimitField use={use} subject="total" label="All" limit={use.total_limit} />
    </li>
  );
}

interface FieldProps {
  use: QuotaUse;
  subject: "each" | "total";
  label: string;
  limit: number | null;
}

function LimitField({ use, subject, label, limit }: FieldProps) {
  const bad = useSignal(false);
  const save = (typed: string): void => {
    const value = limitOf(typed);
    bad.value = value === undefined;
    if (value !== undefined && value !== limit) void setLimit(subject, use.name, value);
  };
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <input
        type="text"
        inputMode="decimal"
        size={9}
        aria-label={`${label}: ${use.title}`}
        aria-invalid={bad.value ? "true" : undefined}
        value={limit === null ? "" : String(limit)}
        onChange={(event) => save(event.currentTarget.value)}
      />
    </label>
  );
}
