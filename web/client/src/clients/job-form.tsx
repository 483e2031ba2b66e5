/** The form of a job, new or known: its name, what it is for, and what it looks for. */
import { useEffect } from "preact/hooks";
import { changeJob, createJob, put, runs, type Client, type Job, type JobBody } from "./clients";
import { useForm } from "../shared/form";
import { Field } from "../shared/field";
import { FormFault } from "../shared/form-fault";
import { LongField } from "../shared/long-field";

const FIELDS = ["name", "description", "keywords"] as const;
const EMPTY: JobBody = { name: "", description: "", keywords: "" };

interface Props {
  client: Client;
  job: Job | null;
  close: () => void;
}

const bodyOf = ({ name, description, keywords }: Job): JobBody => ({ name, description, keywords });

export function JobForm({ client, job, close }: Props) {
  const before = job ? bodyOf(job) : EMPTY;
  const key = job ? `job.${job.number}` : `job.of.${client.id}`;
  const form = useForm(key, before, FIELDS);
  const { name, description, keywords } = form.draft.value;

  useEffect(() => {
    form.element.current?.querySelector<HTMLElement>("input")?.focus();
  }, []);

  const submit = async (): Promise<void> => {
    const draft = form.draft.value;
    const changed = FIELDS.filter((field) => draft[field] !== before[field]);
    const change = Object.fromEntries(changed.map((field) => [field, draft[field]]));
    const isSaved = await form.send(async () => {
      const saved = job
        ? await changeJob(client.id, job.number, change)
        : await createJob(client.id, draft);
      put(client.id, saved);
    });
    if (isSaved) close();
  };

  const leave = (): void => {
    form.clear();
    close();
  };

  return (
    <form
      ref={form.element}
      class="job inner-form"
      noValidate
      aria-label={job ? `Edit ${job.name}` : `A job for ${client.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {job && runs(job) && (
        <p class="hint small">It keeps running while you edit; the client applies the change at its next call.</p>
      )}
      <Field
        label="Name"
        hint="It becomes the folder of its files: letters, digits, spaces, _ and -."
        value={name}
        fault={form.faults.value["name"]}
        onInput={(typed) => form.change({ name: typed })}
      />
      <Field
        label="Description"
        hint="What it is for. Only you see it."
        value={description}
        fault={form.faults.value["description"]}
        onInput={(typed) => form.change({ description: typed })}
      />
      <LongField
        label="Keywords"
        hint="Any of these will do. Put commas between them; geo: 2.2 48.8 2.5 48.9 is a box from one corner (longitude, latitude) to the other."
        value={keywords}
        fault={form.faults.value["keywords"]}
        onInput={(typed) => form.change({ keywords: typed })}
      />
      <FormFault faults={form.faults.value} />
      <div class="form-buttons">
        <button class="main" type="submit" aria-busy={form.busy.value}>
          {job ? "Save changes" : "Save the job"}
        </button>
        <button type="button" class="quiet" onClick={leave}>
          Cancel
        </button>
      </div>
    </form>
  );
}
