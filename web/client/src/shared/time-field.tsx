/** A field for a moment, in the person's own time. */
import { useId } from "preact/hooks";
import { FaultLine, type Fault } from "./field";

interface Props {
  label: string;
  hint?: string;
  value: string;
  fault?: Fault | undefined;
  onPick: (value: string) => void;
}

export function TimeField({ label, hint, value, fault, onPick }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        value={value}
        aria-describedby={[fault && `${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined}
        aria-invalid={fault ? "true" : undefined}
        onInput={(event) => onPick(event.currentTarget.value)}
      />
      <FaultLine id={`${id}-fault`} fault={fault} choose={onPick} />
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
