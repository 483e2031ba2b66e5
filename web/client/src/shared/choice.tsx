/** A choice of one among a few. */
import { useId } from "preact/hooks";

interface Props<Value extends string> {
  label: string;
  options: readonly (readonly [Value, string])[];
  value: Value;
  onChoose: (value: Value) => void;
}

export function Choice<Value extends string>({ label, options, value, onChoose }: Props<Value>) {
  const name = useId();
  return (
    <fieldset class="field">
      <legend>{label}</legend>
      <div class="pills">
        {options.map(([each, words]) => (
          <label key={each} class="pill">
            <input
              type="radio"
              name={name}
              checked={each === value}
              onChange={() => onChoose(each)}
            />
            <span>{words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
