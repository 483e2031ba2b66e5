/** A form with a password: what is typed stays in memory and is kept nowhere. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { faultsOf, type Faults } from "../shared/fault-texts";
import { FaultLine } from "../shared/field";
import { FormFault } from "../shared/form-fault";

export interface SecretField {
  /** As the API names it. */
  name: string;
  label: string;
  hint?: string;
  secret: boolean;
  autocomplete: string;
}

interface Props {
  label: string;
  fields: readonly SecretField[];
  button: ComponentChildren;
  send: (values: Readonly<Record<string, string>>) => Promise<void>;
}

export function SecretForm({ label, fields, button, send }: Props) {
  const values = useSignal<Readonly<Record<string, string>>>({});
  const faults = useSignal<Faults>({});
  const busy = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [faults.value]);

  const submit = async (): Promise<void> => {
    if (busy.peek()) return;
    busy.value = true;
    faults.value = {};
    try {
      await send(values.peek());
      values.value = {};
    } catch (error) {
      faults.value = faultsOf(error, fields.map((each) => each.name));
    } finally {
      busy.value = false;
    }
  };

  return (
    <form
      ref={form}
      class="row-form"
      noValidate
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {fields.map(({ name, label: words, hint, secret, autocomplete }) => {
        const fault = faults.value[name];
        const shared = {
          id: `${id}-${name}`,
          autoComplete: autocomplete,
          autoCapitalize: "none" as const,
          spellcheck: false,
          value: values.value[name] ?? "",
          "aria-invalid": fault ? ("true" as const) : undefined,
          "aria-describedby": fault ? `${id}-${name}-fault` : undefined,
          onInput: (event: { currentTarget: HTMLInputElement }) =>
            void (values.value = { ...values.peek(), [name]: event.currentTarget.value }),
        };
        return (
          <div class="field" key={name}>
            <label for={`${id}-${name}`}>{words}</label>
            {secret ? <input type="password" {...shared} /> : <input type="text" {...shared} />}
            <FaultLine id={`${id}-${name}-fault`} fault={fault} choose={() => undefined} />
            {hint && <p class="field-hint">{hint}</p>}
          </div>
        );
      })}
      <button class="main" type="submit" aria-busy={busy.value}>
        {button}
      </button>
      <FormFault faults={faults.value} />
    </form>
  );
}
