/** The part of the form about a plan: whether posts are kept, when, at what cost, in which files. */
import { useId } from "preact/hooks";
import * as budget from "../streams/budget";
import { kept, price } from "./collections";
import type { Source } from "../shared/api";
import type { Faults } from "../shared/fault-texts";
import { posts } from "../shared/format";
import { X } from "../shared/sources";
import { machines } from "../machines/machines";
import { FIELDS, planFrom, type PlanDraft } from "./plan-draft";
import { usePoll } from "../shared/poll";
import { zone } from "./schedule";
import { Field, type Fault } from "../shared/field";
import * as taggers from "../shared/taggers";
import { Disclosure } from "../shared/disclosure";
import { LongField } from "../shared/long-field";
import { PickField } from "../shared/pick-field";
import { TimeField } from "../shared/time-field";

const REFRESH_MS = 15_000;

interface Props {
  draft: PlanDraft;
  faults: Faults;
  change: (part: Partial<PlanDraft>) => void;
  /** The platform that is followed; undefined while it is not known. */
  source: Source | undefined;
  /** What filling gaps costs, in words; null where the platform has no search for them. */
  backfill: string | null;
}

export function PlanFields({ draft, faults, change, source, backfill }: Props) {
  usePoll(machines.refresh, REFRESH_MS);
  usePoll(kept.refresh, REFRESH_MS);
  usePoll(taggers.refresh, REFRESH_MS);
  const fault = (field: keyof PlanDraft): Fault | undefined =>
    FIELDS[field].map((name) => faults[name]).find(Boolean);
  const parts = { draft, change, fault };
  const limits = ["starts", "ends", "budget", "machine", "priority"] as const;
  return (
    <>
      <Labels {...parts} />
      <Keeping {...parts} />
      {backfill !== null && <Filling {...parts} cost={backfill} />}
      <Disclosure
        title="Schedule, budget and machine"
        open={draft.keeps || limits.some((each) => draft[each] !== "" && draft[each] !== "0")}
        isFaulty={limits.some(fault)}
      >
        <Limits {...parts} source={source} />
      </Disclosure>
      {draft.keeps && (
        <Disclosure
          title="Advanced: the files"
          open={false}
          isFaulty={(["minutes", "timefmt", "extension", "compression"] as const).some(fault)}
        >
          <Files {...parts} />
        </Disclosure>
      )}
    </>
  );
}

interface PartProps {
  draft: PlanDraft;
  change: Props["change"];
  fault: (field: keyof PlanDraft) => Fault | undefined;
}

/** The taggers besides sentiment; nothing where there are none to choose from. */
function Labels({ draft, change, fault }: PartProps) {
  const known = taggers.known.value ?? [];
  const gone = draft.taggers.filter((name) => !known.some(({ tagger }) => tagger === name));
  const choices = [...known, ...gone.map((tagger) => ({ tagger, labels: [] }))];
  if (!choices.length) return null;
  const toggle = (name: string): void => {
    const others = draft.taggers.filter((each) => each !== name);
    change({ taggers: others.length < draft.taggers.length ? others : [...others, name] });
  };
  const wrong = fault("taggers");
  return (
    <fieldset class="taggers">
      <legend>Labels besides sentiment</legend>
      {choices.map(({ tagger, labels }) => (
        <label key={tagger} class="switch">
          <input
            type="checkbox"
            checked={draft.taggers.includes(tagger)}
            onChange={() => toggle(tagger)}
          />
          <span>
            {taggers.wordsOf(tagger)}{" "}
            <span class="muted">{labels.length ? labels.join(", ") : "not there now"}</span>
          </span>
        </label>
      ))}
      {wrong && (
        <p class="field-fault" role="alert">
          {wrong.message}
        </p>
      )}
    </fieldset>
  );
}

const ON_DELETION = [
  ["redact", "Remove it from the files"],
  ["mark", "Keep it, marked as deleted"],
] as const;

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
        Every post as received, in sealed files with checksums, filters and gaps. This makes the stream
        a collection.
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
            hint="What it is for, for people who find it later."
            value={draft.description}
            fault={fault("description")}
            rows={2}
            onInput={(typed) => change({ description: typed })}
          />
          <PickField
            label="When the platform deletes a post"
            hint="What you delete yourself always leaves the files. X requires that deleted posts go: its compliance check takes them out, marked or not."
            value={draft.onDeletion}
            fault={fault("onDeletion")}
            options={ON_DELETION}
            onPick={(picked) => change({ onDeletion: picked as PlanDraft["onDeletion"] })}
          />
        </>
      )}
    </fieldset>
  );
}

/** Whether gaps are filled afterwards; the cost stands there before anybody switches it on. */
function Filling({ draft, change, fault, cost }: PartProps & { cost: string }) {
  const hint = useId();
  const wrong = fault("backfill");
  return (
    <fieldset class="keeping">
      <legend class="hidden">Fill gaps afterwards</legend>
      <label class="switch">
        <input
          type="checkbox"
          checked={draft.backfill}
          aria-describedby={hint}
          onChange={(event) => change({ backfill: event.currentTarget.checked })}
        />
        <span>Fill gaps afterwards</span>
      </label>
      <p class="field-hint" id={hint}>
        {cost}
      </p>
      {wrong && (
        <p class="field-fault" role="alert">
          {wrong.message}
        </p>
      )}
    </fieldset>
  );
}

function Limits({ draft, change, fault, source }: PartProps & Pick<Props, "source">) {
  const clock = `In your zone, ${zone()}.`;
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
        hint={budgetHint(draft, source)}
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
      <div class="field-pair">
        <PickField
          label="Machine"
          hint="Where it runs and keeps its files."
          value={draft.machine}
          fault={fault("machine")}
          options={machineOptions(draft.machine)}
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

/** The machines to choose from, and the one that is chosen, should it be gone. */
function machineOptions(chosen: string): [string, string][] {
  const named = (machines.items.value ?? []).filter((each) => each.named);
  const options: [string, string][] = [
    ["", "Any unnamed machine"],
    ["any", "Any with capacity"],
    ...named.map(({ name, slots_free }): [string, string] => [
      name,
      slots_free === undefined ? name : `${name} (room for ${slots_free})`,
    ]),
  ];
  return options.some(([name]) => name === chosen) ? options : [...options, [chosen, chosen]];
}

function budgetHint(draft: PlanDraft, source: Source | undefined): string {
  const isFree = source?.name !== X && source?.post_usd === 0;
  const each = isFree
    ? `Posts of ${source.title} are free; a budget in dollars counts $${price.value} a post, as at X`
    : `X charges $${price.value} a post`;
  const { budget_posts, budget_usd } = planFrom(draft);
  const plan = { budget_posts, budget_usd };
  const most = budget.mostPosts(plan, price.value);
  if (most === null) return `Empty: no limit. ${each}.`;
  if (!Number.isFinite(most)) return `${each}.`;
  const allowed = isFree ? posts(most) : budget.inWords(plan, price.value);
  return `${each}: ${allowed}. It stops before that is passed.`;
}

const COMPRESSIONS = [
  ["", "The machine’s default"],
  ["none", "None"],
  ["gzip", "gzip"],
  ["zstd", "zstd"],
] as const;

function Files({ draft, change, fault }: PartProps) {
  return (
    <>
      <div class="field-pair">
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
      <div class="field-pair">
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
