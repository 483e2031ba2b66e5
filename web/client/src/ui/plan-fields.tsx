/** The part of the form about a plan: whether posts are kept, when, at what cost, in which files. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import * as budget from "../budget";
import { kept, price } from "../collections";
import type { Faults } from "../faults";
import { machines } from "../machines";
import { FIELDS, planFrom, type PlanDraft } from "../plan-draft";
import { usePoll } from "../poll";
import { zone } from "../schedule";
import { Field, type Fault } from "./field";
import { LongField } from "./long-field";
import { PickField } from "./pick-field";
import { TimeField } from "./time-field";

const REFRESH_MS = 15_000;

interface Props {
  draft: PlanDraft;
  faults: Faults;
  change: (part: Partial<PlanDraft>) => void;
}

export function PlanFields({ draft, faults, change }: Props) {
  usePoll(machines.refresh, REFRESH_MS);
  usePoll(kept.refresh, REFRESH_MS);
  const fault = (field: keyof PlanDraft): Fault | undefined =>
    FIELDS[field].map((name) => faults[name]).find(Boolean);
  const parts = { draft, change, fault };
  const limits = ["starts", "ends", "budget", "machine", "priority"] as const;
  return (
    <>
      <Keeping {...parts} />
      <Fold
        title="Schedule, budget and machine"
        open={draft.keeps || limits.some((each) => draft[each] !== "" && draft[each] !== "0")}
        isFaulty={limits.some(fault)}
      >
        <Limits {...parts} />
      </Fold>
      {draft.keeps && (
        <Fold
          title="Advanced: the files"
          open={false}
          isFaulty={(["minutes", "timefmt", "extension", "compression"] as const).some(fault)}
        >
          <Files {...parts} />
        </Fold>
      )}
    </>
  );
}

interface PartProps {
  draft: PlanDraft;
  change: Props["change"];
  fault: (field: keyof PlanDraft) => Fault | undefined;
}

function Keeping({ draft, change, fault }: PartProps) {
  const hint = useId();
  return (
    <fieldset class="keeping">
      <legend class="hidden">Keep the raw posts</legend>
      <label class="switch">
        <input
          type="checkbox"
          checked={draft.keeps}
          aria-describedby={hint}
          onChange={(event) => change({ keeps: event.currentTarget.checked })}
        />
        <span>Keep the raw posts</span>
      </label>
      <p class="field-hint" id={hint}>
        Every post as it came, in sealed files with checksums, filters and gaps. This makes the
        stream a collection.
      </p>
      {draft.keeps && (
        <>
          <Field
            label="Collection"
            hint="1 to 64 letters, digits, spaces, _ and -, with no space at an end. Files are called by it, and no other stream may write to it."
            value={draft.collection}
            fault={fault("collection") ?? fault("keeps")}
            onInput={(typed) => change({ collection: typed })}
          />
          <LongField
            label="Description"
            hint="What it is for, for whoever finds it later."
            value={draft.description}
            fault={fault("description")}
            rows={2}
            onInput={(typed) => change({ description: typed })}
          />
        </>
      )}
    </fieldset>
  );
}

function Limits({ draft, change, fault }: PartProps) {
  const clock = `In your zone, ${zone()}.`;
  const named = (machines.items.value ?? []).filter((each) => each.named).map((each) => each.name);
  const choices = [...new Set([...named, ...(draft.machine ? [draft.machine] : [])])];
  return (
    <>
      <div class="field-pair">
        <TimeField
          label="Starts"
          hint={`${clock} Empty: at once.`}
          value={draft.starts}
          fault={fault("starts")}
          onPick={(typed) => change({ starts: typed })}
        />
        <TimeField
          label="Ends"
          hint={`${clock} Empty: never.`}
          value={draft.ends}
          fault={fault("ends")}
          onPick={(typed) => change({ ends: typed })}
        />
      </div>
      <Field
        label="Budget"
        hint={budgetHint(draft)}
        value={draft.budget}
        fault={fault("budget")}
        keys={draft.unit === "usd" ? "decimal" : "numeric"}
        onInput={(typed) => change({ budget: typed })}
        beside={
          <select
            class="unit"
            aria-label="Unit of the budget"
            value={draft.unit}
            onChange={(event) => change({ unit: event.currentTarget.value as PlanDraft["unit"] })}
          >
            <option value="posts">posts</option>
            <option value="usd">US dollars</option>
          </select>
        }
      />
      <div class="field-pair narrow">
        <PickField
          label="Machine"
          hint="Where it runs and keeps its files."
          value={draft.machine}
          fault={fault("machine")}
          options={[["", "Any"], ...choices.map((name) => [name, name] as const)]}
          onPick={(machine) => change({ machine })}
        />
        <Field
          label="Priority"
          hint="-100 to 100. When a disk fills up, the lowest stops first."
          value={draft.priority}
          fault={fault("priority")}
          onInput={(typed) => change({ priority: typed })}
        />
      </div>
    </>
  );
}

function budgetHint(draft: PlanDraft): string {
  const each = `X charges $${price.value} a post`;
  const { budget_posts, budget_usd } = planFrom(draft);
  const plan = { budget_posts, budget_usd };
  const most = budget.mostPosts(plan, price.value);
  if (most === null) return `Empty: no limit. ${each}.`;
  if (!Number.isFinite(most)) return `${each}.`;
  return `${each}: ${budget.inWords(plan, price.value)}. It stops before that is passed.`;
}

const COMPRESSIONS = [
  ["", "As the machine has it"],
  ["none", "None"],
  ["gzip", "gzip"],
  ["zstd", "zstd"],
] as const;

function Files({ draft, change, fault }: PartProps) {
  return (
    <>
      <div class="field-pair narrow">
        <Field
          label="Minutes in a file"
          hint="1 to 1440; empty: as the machine has it."
          keys="numeric"
          value={draft.minutes}
          fault={fault("minutes")}
          onInput={(typed) => change({ minutes: typed })}
        />
        <PickField
          label="Compression"
          hint="Of sealed files; the open one is plain."
          value={draft.compression}
          fault={fault("compression")}
          options={COMPRESSIONS}
          onPick={(compression) => change({ compression })}
        />
      </div>
      <div class="field-pair narrow">
        <Field
          label="Time in file names"
          hint="As strftime has it, in UTC, such as %Y%m%d_%H%M."
          value={draft.timefmt}
          fault={fault("timefmt")}
          onInput={(typed) => change({ timefmt: typed })}
        />
        <Field
          label="File extension"
          hint="Such as .json; empty: as the machine has it."
          value={draft.extension}
          fault={fault("extension")}
          onInput={(typed) => change({ extension: typed })}
        />
      </div>
    </>
  );
}

interface FoldProps {
  title: string;
  open: boolean;
  isFaulty: boolean;
  children: ComponentChildren;
}

/** A fold that opens by itself for what is wrong in it. */
function Fold({ title, open, isFaulty, children }: FoldProps) {
  const chosen = useSignal<boolean | null>(null);
  const isOpen = isFaulty || (chosen.value ?? open);
  return (
    <details
      class="fold"
      open={isOpen}
      onToggle={(event) => {
        const now = event.currentTarget.open;
        if (now !== isOpen) chosen.value = now;
      }}
    >
      <summary>{title}</summary>
      <div class="fold-in">{children}</div>
    </details>
  );
}
