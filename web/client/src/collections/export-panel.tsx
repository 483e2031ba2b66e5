/** Exports of a collection: what to write, how far each file is, and where to download it. */
import { useMemo } from "preact/hooks";
import type { Stream } from "../shared/api";
import { ConfirmButton } from "../shared/confirm-button";
import { Disclosure } from "../shared/disclosure";
import { Field } from "../shared/field";
import { useForm, type Form } from "../shared/form";
import { FormFault } from "../shared/form-fault";
import { bytes, count, dayTime, percent, posts } from "../shared/format";
import { Icon } from "../shared/icon";
import { LABELS, LABEL_NAMES } from "../shared/labels";
import { Listing } from "../shared/listing";
import { ListView } from "../shared/list-view";
import { PickField } from "../shared/pick-field";
import { usePoll } from "../shared/poll";
import { TimeField } from "../shared/time-field";
import * as exports from "./exports";
import { LabelSets } from "./label-sets-panel";
import * as labelSets from "./label-sets";
import type { LabelSet } from "./label-sets";
import type { ExportDraft, ExportedFile } from "./exports";
import { Trouble } from "../shared/trouble";

const REFRESH_MS = 2000;
const FIELDS = ["format", "columns", "languages", "labels", "since", "until", "sample", "seed", "label_set"];

export function ExportPanel({ stream }: { stream: Stream }) {
  const files = useMemo(() => new Listing(() => exports.exportsOf(stream.id)), [stream.id]);
  const sets = useMemo(() => new Listing(() => labelSets.setsOf(stream.id)), [stream.id]);
  usePoll(files.refresh, REFRESH_MS);
  usePoll(sets.refresh, REFRESH_MS);
  return (
    <section class="panel section" aria-labelledby="exports-title">
      <h3 id="exports-title">Exports</h3>
      <OrderForm stream={stream} files={files} sets={sets.items.value ?? []} />
      <p class="muted small">
        An export holds the sealed files as they are when Weir makes it. Posts deleted later stay in it
        until it expires or you delete it.
      </p>
      <LabelSets stream={stream.id} sets={sets} files={files} />
      <h4>Files</h4>
      <ListView of={files} empty={<p>No export yet.</p>}>
        {(items) => (
          <ul class="rows" aria-label="Exports">
            {items.map((each) => (
              <FileRow key={each.id} stream={stream.id} file={each} files={files} />
            ))}
          </ul>
        )}
      </ListView>
    </section>
  );
}

interface OrderProps {
  stream: Stream;
  files: Listing<ExportedFile>;
  sets: readonly LabelSet[];
}

function OrderForm({ stream, files, sets }: OrderProps) {
  const form = useForm(`export-${stream.id}`, exports.EMPTY, FIELDS);
  const draft = form.draft.value;
  const submit = async (): Promise<void> => {
    const lack = exports.missing(draft);
    if (lack) return form.object(...lack);
    await form.send(async () => {
      const made = await exports.order(stream.id, exports.bodyOf(draft));
      files.change((known) => [made, ...known]);
    });
  };
  return (
    <form
      ref={form.element}
      class="stack"
      noValidate
      aria-labelledby="exports-title"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <PickField
        label="Format"
        options={exports.FORMATS}
        value={draft.format}
        fault={form.faults.value.format}
        onPick={(format) => form.change({ format })}
      />
      <Disclosure
        title="Which posts and columns"
        open={false}
        isFaulty={Object.keys(form.faults.value).some((each) => FIELDS.includes(each))}
      >
        <Selection form={form} sets={sets} />
      </Disclosure>
      <FormFault faults={form.faults.value} />
      <button type="submit" disabled={form.busy.value}>
        <Icon name="down" /> Make the file
      </button>
    </form>
  );
}

function Selection({ form, sets }: { form: Form<ExportDraft>; sets: readonly LabelSet[] }) {
  const draft = form.draft.value;
  const faults = form.faults.value;
  const text = (name: "columns" | "languages" | "sample" | "seed", label: string, hint: string) => (
    <Field
      label={label}
      hint={hint}
      value={draft[name]}
      fault={faults[name]}
      onInput={(typed) => form.change({ [name]: typed })}
    />
  );
  return (
    <>
      {exports.hasColumns(draft.format) &&
        text("columns", "Columns", "For example id, created_at, text. Leave empty for all.")}
      <TimeField
        label="From"
        value={draft.since}
        fault={faults.since}
        onPick={(since) => form.change({ since })}
      />
      <TimeField
        label="Until"
        value={draft.until}
        fault={faults.until}
        onPick={(until) => form.change({ until })}
      />
      {text("languages", "Languages", "Codes such as en, ja. Leave empty for all.")}
      <PickField
        label="Labels by"
        options={labelSets.sourcesOf(sets)}
        value={draft.source}
        fault={faults.label_set}
        onPick={(source) => form.change({ source })}
      />
      <LabelPills draft={draft} change={(labels) => form.change({ labels })} />
      {text("sample", "Sample", "How many posts to draw at random. Leave empty for all.")}
      {draft.sample && text("seed", "Seed", "The same seed draws the same posts again.")}
    </>
  );
}

interface PillProps {
  draft: ExportDraft;
  change: (labels: readonly string[]) => void;
}

function LabelPills({ draft: { labels }, change }: PillProps) {
  const toggle = (label: string): void =>
    change(labels.includes(label) ? labels.filter((each) => each !== label) : [...labels, label]);
  return (
    <fieldset class="field">
      <legend>Labels</legend>
      <div class="pills">
        {LABELS.map((label) => (
          <label key={label} class="pill">
            <input type="checkbox" checked={labels.includes(label)} onChange={() => toggle(label)} />
            <span>{LABEL_NAMES[label]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface RowProps {
  stream: string;
  file: ExportedFile;
  files: Listing<ExportedFile>;
}

function FileRow({ stream, file, files }: RowProps) {
  const { id, state } = file;
  const isOver = state === "done" || state === "failed";
  const refused = files.refused.value[id];
  const remove = (): Promise<void> =>
    files.order(
      id,
      (known) => known.filter((each) => each.id !== id),
      () => exports.remove(stream, id),
    );
  return (
    <li>
      <div>
        <strong>{file.file}</strong>
        <Progress file={file} />
        <Trouble text={refused} />
      </div>
      <div class="orders">
        {state === "done" && (
          <>
            <a class="button" href={exports.fileUrl(stream, id, "data")} aria-label={`Download ${file.file}`}>
              <Icon name="down" /> Download
            </a>
            <a
              class="button"
              href={exports.fileUrl(stream, id, "description")}
              aria-label={`Download the description of ${file.file}`}
            >
              Description
            </a>
          </>
        )}
        <ConfirmButton
          quiet
          name={`${isOver ? "Delete" : "Cancel"} ${file.file}`}
          question="This deletes the file."
          yes={isOver ? "Yes, delete" : "Yes, cancel"}
          order={() => void remove()}
        >
          <Icon name="x" /> {isOver ? "Delete" : "Cancel"}
        </ConfirmButton>
      </div>
    </li>
  );
}

function Progress({ file }: { file: ExportedFile }) {
  const { state, posts_read, posts_total } = file;
  if (state === "failed") {
    return (
      <p class="trouble" role="alert">
        <Icon name="warn" /> {file.fault}
      </p>
    );
  }
  if (state === "done") {
    return (
      <p class="muted small">
        {posts(file.posts)} · {bytes(file.bytes)} · kept until {dayTime(file.expires_at)}
      </p>
    );
  }
  const again = file.fault && (
    <p class="muted small">
      <Icon name="warn" /> {file.fault}
    </p>
  );
  if (state === "queued") return again ?? <p class="muted small">Waits for a worker…</p>;
  const share = posts_total > 0 ? Math.min(posts_read / posts_total, 1) : undefined;
  return (
    <>
      <progress value={share} aria-label={`Progress of ${file.file}`} />
      <p class="muted small">
        {count(posts_read)} of {posts(posts_total)} read
        {share !== undefined && `, ${percent(Math.min(posts_read, posts_total), posts_total)}`} ·{" "}
        {bytes(file.bytes)} written
      </p>
      {again}
    </>
  );
}
