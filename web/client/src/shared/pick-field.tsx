/** A field in which one of many is picked. */
import { useId } from "preact/hooks";
import { FaultLine, type Fault } from "./field";

interface Props {
  label: string;
  hint?: string;
  /** What is said when there is nothing to pick. */
  none?: string;
  options: readonly (readonly [string, string])[];
  value: string;
  fault?: Fault | undefined;
  onPick: (value: string) => void;
}

export function PickField({ label, hint, none = "", options, value, fault, onPick }: Props) {
  const id = useId();
  const hasAny = options.some(([each]) => each !== "");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={hasAny ? value : ""}
        aria-describedby={[fault && `${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined}
        aria-invalid={fault ? "true" : undefined}
        onChange={(event) => onPick(event.currentTarget.value)}
      >
        {!hasAny && <option value="">{none}</option>}
        {hasAny &&
          options.map(([each, words]) => (
            <option key={each} value={each}>
              {words}
            </option>
          ))}
      </select>
      <FaultLine id={`${id}-fault`} fault={fault} choose={onPick} />
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
