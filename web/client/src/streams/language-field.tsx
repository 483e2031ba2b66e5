/** The languages of a stream: the common ones at hand, all others by their code. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { FaultLine, type Fault } from "../shared/field";

const COMMON = ["en", "es", "pt", "fr", "de", "it", "nl", "ja", "ar", "tr"];
const OTHERS =
  "am bg bn bo bs ca ckb cs cy da dv el et eu fa fi gu hi hr ht hu hy id in is iw ka km kn ko lo lt lv ml mr my ne no or pa pl ps ro ru sd si sk sl sr sv ta te th tl ug uk ur vi zh zh-CN zh-TW".split(
    " ",
  );
const names = new Intl.DisplayNames("en", { type: "language" });

const nameOf = (code: string): string => {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
};

interface Props {
  chosen: readonly string[];
  fault: Fault | undefined;
  change: (chosen: readonly string[]) => void;
}

export function LanguageField({ chosen, fault, change }: Props) {
  const id = useId();
  const more = useSignal(false);
  const shown = [...new Set([...COMMON, ...chosen])];
  const toggle = (code: string): void =>
    change(chosen.includes(code) ? chosen.filter((each) => each !== code) : [...chosen, code]);
  return (
    <fieldset class="field languages">
      <legend>Languages</legend>
      <div class="pills">
        {shown.map((code) => (
          <label key={code} class="pill">
            <input type="checkbox" checked={chosen.includes(code)} onChange={() => toggle(code)} />
            <span>{nameOf(code)}</span>
          </label>
        ))}
        {more.value ? (
          <select
            aria-label="Another language"
            onChange={(event) => {
              toggle(event.currentTarget.value);
              more.value = false;
            }}
          >
            <option value="">Choose…</option>
            {OTHERS.filter((code) => !shown.includes(code)).map((code) => (
              <option key={code} value={code}>
                {nameOf(code)}
              </option>
            ))}
          </select>
        ) : (
          <button type="button" class="pill-more" onClick={() => (more.value = true)}>
            More…
          </button>
        )}
      </div>
      <FaultLine id={`${id}-fault`} fault={fault} choose={() => undefined} />
      <p class="field-hint">
        {chosen.length === 0 ? "Posts in any language. " : ""}
        Sentiment is told for English; other posts come as unknown.
      </p>
    </fieldset>
  );
}
