/** A field for a date and a time of day, in the zone of whoever types. */
import { useId } from "preact/hooks";
import { FaultLine, type Fault } from "./field";

interface Props {
  label: string;
  hint: string;
  value: string;
  fault?: Fault | undefined;
  onInput: (typed: string) => void;
}

export function MomentField({ label, hint, value, fault, onInput }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        value={value}
        aria-describedby={fault ? `${id}-fault ${id}-hint` : `${id}-hint`}
        aria-invalid={fault ? "true" : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <FaultLine id={`${id}-fault`} fault={fault} choose={onInput} />
      <p class="field-hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}
