/** A field whose value is one of many that have names. */
import { useId } from "preact/hooks";
import { FaultLine, type Fault } from "./field";

interface Props {
  label: string;
  hint: string;
  value: string;
  fault?: Fault | undefined;
  /** Values with their names. */
  options: readonly (readonly [string, string])[];
  onChoose: (value: string) => void;
}

export function SelectField({ label, hint, value, fault, options, onChoose }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={fault ? `${id}-fault ${id}-hint` : `${id}-hint`}
        aria-invalid={fault ? "true" : undefined}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {options.map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
      <FaultLine id={`${id}-fault`} fault={fault} choose={onChoose} />
      <p class="field-hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}
