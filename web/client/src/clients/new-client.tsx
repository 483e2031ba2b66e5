/** A new capture client: its name, and once it is made its token and settings file. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { clients, create, settingsFile, type IssuedClient } from "./clients";
import { download } from "../shared/download";
import { useForm } from "../shared/form";
import { Copied } from "../shared/copy";
import { Field } from "../shared/field";
import { FormFault } from "../shared/form-fault";
import { Icon } from "../shared/icon";

export function NewClient() {
  const made = useSignal<IssuedClient | null>(null);
  const form = useForm("client", { name: "" }, ["name"]);
  const { name } = form.draft.value;
  const shown = useRef(false);
  useEffect(() => {
    if (shown.current && !made.value) form.element.current?.querySelector("input")?.focus();
    shown.current = made.value !== null;
  }, [made.value]);

  const submit = async (): Promise<void> => {
    if (!name.trim()) return form.object("name", "Enter a name.");
    await form.send(async () => void (made.value = await create(name)));
    void clients.refresh();
  };

  if (made.value) return <Issued client={made.value} close={() => (made.value = null)} />;
  return (
    <form
      ref={form.element}
      class="panel section row-form"
      noValidate
      aria-label="Make a client"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field
        label="New client"
        hint="What you call its machine, such as lab 2."
        value={name}
        fault={form.faults.value["name"]}
        onInput={(typed) => form.change({ name: typed })}
      />
      <button class="main" type="submit" aria-busy={form.busy.value}>
        <Icon name="add" /> Create client
      </button>
      <FormFault faults={form.faults.value} />
    </form>
  );
}

function Issued({ client, close }: { client: IssuedClient; close: () => void }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section class="panel section issued" aria-labelledby="issued-title">
      <h3 id="issued-title" ref={title} tabIndex={-1}>
        {client.name} is ready to be set up
      </h3>
      <p>
        This is its token. <strong>You see it only once</strong>: save it, or download the settings
        file, which contains it.
      </p>
      <Copied what="the token" text={client.token} />
      <ol class="steps">
        <li>
          <p>
            Copy the settings file to its machine, and add the key and secret of an X app that nothing
            else uses.
          </p>
          <p>
            <button
              type="button"
              onClick={() => download("capture.json", settingsFile(client, location.origin))}
            >
              <Icon name="down" /> Download capture.json
            </button>
          </p>
        </li>
        <li>
          <p>Start it there:</p>
          <Copied what="the command" text="python -m workers.agent --configfile capture.json" />
        </li>
      </ol>
      <p class="muted small">
        The existing capture client works as well: its base URL is{" "}
        <code>{location.origin + client.path}</code>
      </p>
      <p>
        <button type="button" class="main" onClick={close}>
          I have kept it
        </button>
      </p>
    </section>
  );
}
