/** How another machine joins: what it needs, and the command to run there. */
import { useSignal } from "@preact/signals";
import { JOIN_SETTINGS, isMachineName, joinCommand } from "./machines";
import { Copied } from "../shared/copy";
import { Field } from "../shared/field";

export function JoinMachine() {
  const name = useSignal("lab-2");
  const isOdd = name.value !== "" && !isMachineName(name.value);
  return (
    <section class="panel section" aria-labelledby="join-title">
      <h3 id="join-title">Add a machine</h3>
      <p class="muted">
        A collector under a name takes the streams that are placed on it, and shows up above within
        seconds of its start. It needs this project, and a way to the same Redis and PostgreSQL.
      </p>
      <ol class="steps">
        <li>
          <Field
            label="Machine name"
            hint="Streams are placed on it by this name."
            value={name.value}
            fault={isOdd ? { message: "a name is made of letters, digits and . _ -, and is not “any” or “default”", near: [] } : undefined}
            onInput={(typed) => (name.value = typed.trim())}
          />
        </li>
        <li>
          <p>
            Clone the project there and put these settings into its <code>.env</code> file:
          </p>
          <Copied what="the settings" text={JOIN_SETTINGS} />
        </li>
        <li>
          <p>Start it there:</p>
          <Copied what="the command" text={joinCommand(isOdd ? "" : name.value)} />
        </li>
      </ol>
    </section>
  );
}
