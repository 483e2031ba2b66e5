/** A field for text of several lines. */
import { useId } from "preact/hooks";
import { FaultLine, type Fault } from "./field";

interface Props {
  label: string;
  hint: string;
  value: string;
  rows?: number;
  fault?: Fault | undefined;
  onInput: (typed: string) => void;
}

export function LongField({ label, hint, value, rows = 3, fault, onInput }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={rows}
        value={value}
        autoComplete="off"
        spellcheck={false}
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
