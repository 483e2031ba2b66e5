/** A field: its name, what is typed, a hint, and what is wrong with it. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon";

export interface Fault {
  message: string;
  near: readonly string[];
}

/** What makes a field one with suggestions: their list, and which of them is at hand. */
export interface Combo {
  list: string;
  isOpen: boolean;
  active: string | undefined;
  onKeyDown: (event: KeyboardEvent) => void;
  onBlur: () => void;
}

interface Props {
  label: string;
  hint: ComponentChildren;
  value: string;
  fault?: Fault | undefined;
  onInput: (typed: string) => void;
  /** Which keys a phone offers. */
  keys?: "text" | "numeric" | "decimal";
  combo?: Combo;
  /** What stands beside the input. */
  beside?: ComponentChildren;
  children?: ComponentChildren;
}

export function Field(props: Props) {
  const { label, hint, value, fault, onInput, keys, combo, beside, children } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-row">
        <input
          id={id}
          type="text"
          inputMode={keys}
          role={combo ? "combobox" : undefined}
          aria-autocomplete={combo ? "list" : undefined}
          aria-expanded={combo?.isOpen}
          aria-controls={combo?.list}
          aria-activedescendant={combo?.active}
          onKeyDown={combo?.onKeyDown}
          onBlur={combo?.onBlur}
          value={value}
          autoComplete="off"
          aria-describedby={fault ? `${id}-fault ${id}-hint` : `${id}-hint`}
          aria-invalid={fault ? "true" : undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {beside}
      </div>
      {children}
      <FaultLine id={`${id}-fault`} fault={fault} choose={onInput} />
      <p class="field-hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}

interface FaultProps {
  id: string;
  fault: Fault | undefined;
  choose: (near: string) => void;
}

/** What is wrong, beside its field, and what was perhaps meant. */
export function FaultLine({ id, fault, choose }: FaultProps) {
  if (!fault) return null;
  return (
    <div class="trouble" role="alert" id={id}>
      <Icon name="warn" /> {sentence(fault.message, fault.near.length > 0)}
      {fault.near.length > 0 && (
        <span class="near">
          {" "}
          Perhaps{" "}
          {fault.near.slice(0, 3).map((name) => (
            <button key={name} type="button" class="chip-button" onClick={() => choose(name)}>
              {name}
            </button>
          ))}
        </span>
      )}
    </div>
  );
}

/** A message as a sentence, without the question that the buttons beside it ask. */
function sentence(text: string, hasNear: boolean): string {
  const told = hasNear ? text.replace(/\s*Did you mean .*\?$/, "") : text;
  const first = told.charAt(0).toUpperCase() + told.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
