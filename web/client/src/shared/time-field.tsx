/** A field for a moment, in the person's own time; of an hour that comes twice, which of the two. */
import { useId } from "preact/hooks";
import { FaultLine, type Fault } from "./field";
import { localOf, momentsOf, offsetOf } from "./local-time";

interface Props {
  label: string;
  hint?: string;
  /** A local time, with an offset where it comes twice. */
  value: string;
  fault?: Fault | undefined;
  onPick: (value: string) => void;
}

export function TimeField({ label, hint, value, fault, onPick }: Props) {
  const id = useId();
  const moments = momentsOf(value);
  const pick = (typed: string): void => onPick(localOf(momentsOf(typed)[0] ?? null) || typed);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        value={value.slice(0, 16)}
        aria-describedby={[fault && `${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined}
        aria-invalid={fault ? "true" : undefined}
        onInput={(event) => pick(event.currentTarget.value)}
      />
      {moments.length > 1 && (
        <select
          aria-label={`${label}: clocks go back then, so this time comes twice`}
          value={value}
          onChange={(event) => onPick(event.currentTarget.value)}
        >
          {moments.map((ms, at) => (
            <option key={ms} value={localOf(ms)}>
              {at === 0 ? "The earlier one" : "The later one"} (UTC{offsetOf(ms)})
            </option>
          ))}
        </select>
      )}
      <FaultLine id={`${id}-fault`} fault={fault} choose={onPick} />
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
