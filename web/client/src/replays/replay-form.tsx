/** The form of a replay: what to play, how fast, and where to. */
import { useEffect } from "preact/hooks";
import { useForm } from "../shared/form";
import {
  EMPTY,
  bodyOf,
  calledBy,
  create,
  files,
  missing,
  recordings,
  type ReplayDraft,
} from "./replays";
import * as streams from "../streams/streams";
import { Choice } from "../shared/choice";
import { Field } from "../shared/field";
import { FormFault } from "../shared/form-fault";
import { Icon } from "../shared/icon";
import { PickField } from "../shared/pick-field";
import { TimeField } from "../shared/time-field";

const KEPT = "plan.capture.collection";
const KEYWORDS = "filter.keywords";
const FIELDS = ["file", "collection", "speed", "name", KEPT, KEYWORDS, "from", "until"];
const WHAT = [
  ["file", "An uploaded file"],
  ["collection", "A collection of mine"],
] as const;
const PACES = [
  ["same", "As it was"],
  ["faster", "Faster or slower"],
  ["unpaced", "As fast as possible"],
] as const;
const WHERE = [
  ["live", "To the dashboard"],
  ["kept", "To the dashboard and a new collection"],
] as const;

export function ReplayForm() {
  const form = useForm("replay", EMPTY, FIELDS);
  const draft = form.draft.value;
  const faults = form.faults.value;
  const uploaded = files.items.value ?? [];
  const known = recordings([...(streams.streams.value ?? []), ...(streams.archived.value ?? [])]);

  // The newest file is what is meant, until another is chosen; one that was deleted is not.
  const isThere = uploaded.some(({ file }) => file === draft.file);
  const newest = uploaded[0]?.file ?? "";
  useEffect(() => {
    if (files.items.value && !isThere && draft.file !== newest) form.change({ file: newest });
  }, [newest, isThere]);

  const submit = async (): Promise<void> => {
    const lack = missing(draft);
    if (lack) return form.object(...lack);
    await form.send(async () => {
      const made = await create(bodyOf(draft));
      streams.put(made);
      void streams.start(made);
    });
  };

  return (
    <form
      ref={form.element}
      class="panel section"
      noValidate
      aria-labelledby="replay-title"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h3 id="replay-title">Play a recording</h3>
      <Choice
        label="What"
        options={WHAT}
        value={draft.what}
        onChoose={(what) => form.change({ what }, "file", "collection")}
      />
      {draft.what === "file" ? (
        <PickField
          label="File"
          none="No uploaded file yet"
          options={uploaded.map(({ file }) => [file, calledBy(file)])}
          value={draft.file}
          fault={faults["file"]}
          onPick={(file) => form.change({ file })}
        />
      ) : (
        <PickField
          label="Collection"
          none="Nothing captured here yet"
          options={[["", "Choose one…"], ...known.map((name) => [name, name] as const)]}
          value={draft.collection}
          fault={faults["collection"]}
          onPick={(collection) => form.change({ collection })}
        />
      )}
      <Choice
        label="How fast"
        options={PACES}
        value={draft.pace}
        onChoose={(pace) => form.change({ pace }, "speed")}
      />
      {draft.pace === "faster" && (
        <Field
          label="Speed factor"
          hint="10 plays an hour in six minutes; 0.5 takes twice as long."
          value={draft.times}
          fault={faults["speed"]}
          onInput={(times) => form.change({ times }, "speed")}
        />
      )}
      <Choice
        label="Where to"
        options={WHERE}
        value={draft.keeps ? "kept" : "live"}
        onChoose={(where) => form.change({ keeps: where === "kept" }, KEPT)}
      />
      {draft.keeps && (
        <Field
          label="New collection"
          hint="Its name: letters, digits, spaces, _ and -."
          value={draft.keptAs}
          fault={faults[KEPT]}
          onInput={(keptAs) => form.change({ keptAs }, KEPT)}
        />
      )}
      <Narrower draft={draft} faults={faults} change={form.change} />
      <FormFault faults={faults} />
      <div class="form-buttons">
        <button class="main" type="submit" aria-busy={form.busy.value}>
          <Icon name="play" /> Play
        </button>
      </div>
    </form>
  );
}

type Narrow = Pick<ReturnType<typeof useForm<ReplayDraft>>, "change"> & {
  draft: ReplayDraft;
  faults: Record<string, { message: string; near: readonly string[] }>;
};

/** What else may be said; open when something of it was said, or is wrong. */
function Narrower({ draft, faults, change }: Narrow) {
  const { name, keywords, from, until } = draft;
  const isUsed = [name, keywords, from, until].some(Boolean);
  const isWrong = ["name", KEYWORDS, "from", "until"].some((field) => faults[field]);
  return (
    <details class="narrower" open={isUsed || isWrong}>
      <summary>Name, words and times</summary>
      <div class="stack">
        <Field
          label="Name"
          hint="Left empty, it is named after the recording."
          value={name}
          fault={faults["name"]}
          onInput={(typed) => change({ name: typed })}
        />
        <Field
          label="Only posts with"
          hint="Any of these words, with commas between. Left empty, everything is played."
          value={keywords}
          fault={faults[KEYWORDS]}
          onInput={(typed) => change({ keywords: typed }, KEYWORDS)}
        />
        <div class="pair times">
          <TimeField
            label="From"
            value={from}
            fault={faults["from"]}
            onPick={(picked) => change({ from: picked }, "until")}
          />
          <TimeField
            label="Until"
            value={until}
            fault={faults["until"]}
            onPick={(picked) => change({ until: picked }, "from")}
          />
        </div>
        <p class="field-hint">Times of the recording, in your own time zone.</p>
      </div>
    </details>
  );
}
