/** Of Mastodon: which instance a stream reads, and which of its timelines. */
import { usePoll } from "../shared/poll";
import { Choice } from "../shared/choice";
import type { Faults } from "../shared/fault-texts";
import { PickField } from "../shared/pick-field";
import { choices, instances, shared } from "../account/instances";
import { FIELDS, type PlanDraft } from "../collections/plan-draft";
import type { Draft } from "./stream-draft";
import { asksForHashtagsOnly } from "./stream-draft";

const EVERY_MS = 15_000;
const SCOPES = [
  ["public", "All public posts"],
  ["local", "Local posts only"],
] as const;

interface Props {
  draft: Draft;
  faults: Faults;
  change: (part: Partial<PlanDraft>) => void;
}

export function MastodonField({ draft, faults, change }: Props) {
  usePoll(instances.refresh, EVERY_MS);
  if (!draft.sources.includes("mastodon")) return null;
  const { instance, local } = draft.plan;
  const options = choices(instances.items.value ?? [], shared.value);
  return (
    <>
      <PickField
        label="Mastodon instance"
        hint="Add others on the page Clients."
        none={options[0]?.[1] ?? "None yet: add one on the page Clients"}
        value={instance}
        fault={FIELDS.instance.map((name) => faults[name]).find(Boolean)}
        options={options}
        onPick={(picked) => change({ instance: picked })}
      />
      <Choice
        label="Mastodon timeline"
        options={SCOPES}
        value={local ? "local" : "public"}
        onChoose={(chosen) => change({ local: chosen === "local" })}
      />
      <p class="field-hint">
        {asksForHashtagsOnly(draft)
          ? "It follows the timelines of these hashtags, which also hold answers."
          : "A stream that asks for hashtags alone follows the timelines of these."}
      </p>
    </>
  );
}
