/** The limits of every account and of all together, as administrators set them. */
import { useSignal } from "@preact/signals";
import { amount, limitOf, quotas, setLimit, titleOf, type QuotaUse } from "../account/quotas";
import { ListView } from "../shared/list-view";
import { usePoll } from "../shared/poll";
import { changes } from "./people";
import { Trouble } from "../shared/trouble";

const EVERY_MS = 15_000;

export function Limits() {
  usePoll(quotas.refresh, EVERY_MS);
  return (
    <section class="panel section" aria-labelledby="limits-title">
      <div>
        <h3 id="limits-title">Limits</h3>
        <p class="muted">
          An empty field means no limit. The limit for all accounts together is strict: when spending
          comes close, every paid stream stops.
        </p>
      </div>
      <ListView of={quotas} empty={<p>There are no limits to set.</p>}>
        {(items) => (
          <ul class="rows limits" aria-label="Limits">
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
  const save = (subject: "each" | "total", limit: number | null): void =>
    void setLimit(quotas, subject, use.name, limit).then(changes.refresh);
  return (
    <li>
      <div>
        <strong>{titleOf(use)}</strong>
        <p class="muted small">
          {amount(use.total_used, use.unit)} used by all{use.unit === "bytes" && "; in bytes"}
        </p>
        <Trouble text={trouble} />
      </div>
      <div class="asks">
        <LimitField label="Each" name={use.title} limit={use.each_limit} save={(value) => save("each", value)} />
        <LimitField label="All" name={use.title} limit={use.total_limit} save={(value) => save("total", value)} />
      </div>
    </li>
  );
}

interface FieldProps {
  label: string;
  /** What is limited, for whom. */
  name: string;
  limit: number | null;
  save: (limit: number | null) => void;
}

export function LimitField({ label, name, limit, save }: FieldProps) {
  const bad = useSignal(false);
  const read = (typed: string): void => {
    const value = limitOf(typed);
    bad.value = value === undefined;
    if (value !== undefined && value !== limit) save(value);
  };
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <input
        type="text"
        inputMode="decimal"
        size={10}
        aria-label={`${label}: ${name}`}
        aria-invalid={bad.value ? "true" : undefined}
        value={limit === null ? "" : String(limit)}
        onChange={(event) => read(event.currentTarget.value)}
      />
    </label>
  );
}
