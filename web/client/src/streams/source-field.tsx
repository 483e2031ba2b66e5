/** Which platforms a stream follows: one or several. */
import type { Draft } from "./stream-draft";
import { toggled } from "./stream-draft";
import * as sources from "../shared/sources";

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

/** Nothing is shown where there is only one. */
export function SourceField({ draft, change }: Props) {
  if (sources.known.value.length < 2) return null;
  return (
    <fieldset class="field">
      <legend>Platforms</legend>
      <div class="pills">
        {sources.known.value.map(({ name, title }) => (
          <label key={name} class="pill">
            <input
              type="checkbox"
              checked={draft.sources.includes(name)}
              onChange={(event) => {
                const chosen = toggled(draft.sources, name);
                event.currentTarget.checked = chosen.includes(name);
                change({ sources: chosen });
              }}
            />
            <span>{title}</span>
          </label>
        ))}
      </div>
      <p class="field-hint">
        {draft.sources.length > 1 && "One dashboard and one collection hold the posts of all. "}
        {sources.priceNote(draft.sources)}
      </p>
    </fieldset>
  );
}
