/** The limits of one account: what it has used, and what an administrator sets for it alone. */
import { useMemo } from "preact/hooks";
import {
  amount,
  quotasOf,
  resetLimit,
  setLimit,
  titleOf,
  type QuotaListing,
  type QuotaUse,
} from "../account/quotas";
import { Disclosure } from "../shared/disclosure";
import { Icon } from "../shared/icon";
import { ListView } from "../shared/list-view";
import { usePoll } from "../shared/poll";
import { LimitField } from "./limits";
import { changes, type Person } from "./people";
import { Trouble } from "../shared/trouble";

const EVERY_MS = 15_000;

export function PersonLimits({ person }: { person: Person }) {
  return (
    <Disclosure title={`What ${person.handle} uses`} open={false} isFaulty={false}>
      <Limits person={person} />
    </Disclosure>
  );
}

function Limits({ person }: { person: Person }) {
  const found = useMemo(() => quotasOf(person.id), [person.id]);
  usePoll(found.refresh, EVERY_MS);
  return (
    <ListView of={found} empty={<p>There are no limits to set.</p>}>
      {(items) => (
        <ul class="rows limits" aria-label={`Limits of ${person.handle}`}>
          {items.map((each) => (
            <LimitRow key={each.name} use={each} person={person} of={found} />
          ))}
        </ul>
      )}
    </ListView>
  );
}

function LimitRow({ use, person, of }: { use: QuotaUse; person: Person; of: QuotaListing }) {
  const { name, title, unit, used, limit, is_own } = use;
  const trouble = of.refused.value[name];
  const isFull = limit !== null && used >= limit;
  const order = (give: Promise<void>): void => void give.then(changes.refresh);
  return (
    <li>
      <div>
        <strong>{titleOf(use)}</strong>
        <p class={isFull ? "trouble small" : "muted small"}>
          {amount(used, unit)} used{limit === null ? ", no limit" : ` of ${amount(limit, unit)}`}
          {is_own ? "; set for this account" : ""}
        </p>
        <Trouble text={trouble} />
      </div>
      <div class="asks">
        {is_own && (
          <button
            type="button"
            class="quiet"
            aria-label={`Reset ${title} of ${person.handle}`}
            onClick={() => order(resetLimit(of, person.id, name))}
          >
            <Icon name="x" /> Use the default
          </button>
        )}
        <LimitField
          label="Limit"
          name={`${title} of ${person.handle}`}
          limit={limit}
          save={(value) => order(setLimit(of, person.id, name, value))}
        />
      </div>
    </li>
  );
}
