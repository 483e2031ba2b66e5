/** The field for a place: typed, with suggestions to choose from, or drawn on the map beside it. */
import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { suggestPlaces, type Place } from "../shared/api";
import type { Draft } from "./stream-draft";
import { box as inWords } from "../shared/format";
import { Field, type Fault } from "../shared/field";
import { Icon } from "../shared/icon";

const PAUSE_MS = 120;

interface Props {
  draft: Draft;
  fault: Fault | undefined;
  change: (part: Partial<Draft>) => void;
  /** Told of the place that was chosen from the suggestions; null when another is typed. */
  onFound: (place: Place | null) => void;
}

export function PlaceField({ draft, fault, change, onFound }: Props) {
  const list = useId();
  const found = useSignal<readonly Place[]>([]);
  const at = useSignal(-1);
  const asked = useRef({ timer: 0, turn: 0 });

  const close = (): void => {
    clearTimeout(asked.current.timer);
    asked.current.turn++;
    found.value = [];
    at.value = -1;
  };
  const choose = (place: Place | undefined): void => {
    if (!place) return;
    change({ place: place.name, box: null });
    onFound(place);
    close();
  };
  const type = (typed: string): void => {
    change({ place: typed, box: null });
    onFound(null);
    close();
    const turn = asked.current.turn;
    if (!typed.trim()) return;
    asked.current.timer = window.setTimeout(() => {
      suggestPlaces(typed.trim()).then(
        ({ items }) => turn === asked.current.turn && (found.value = items),
        () => undefined,
      );
    }, PAUSE_MS);
  };
  const key = (event: KeyboardEvent): void => {
    const n = found.value.length;
    if (!n) return;
    if (event.key === "ArrowDown") at.value = (at.value + 1) % n;
    else if (event.key === "ArrowUp") at.value = at.value <= 0 ? n - 1 : at.value - 1;
    else if (event.key === "Enter" && at.value >= 0) choose(found.value[at.value]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  };

  if (draft.box) {
    return (
      <div class="field">
        <span class="field-label">Drawn place</span>
        <p class="drawn">
          <Icon name="draw" /> {inWords(draft.box)}
          <button type="button" class="quiet" onClick={() => change({ box: null })}>
            Remove
          </button>
        </p>
      </div>
    );
  }
  const open = found.value.length > 0;
  return (
    <Field
      label="Location"
      hint="A city, region or country; empty for the whole world. Or draw a box on the map."
      value={draft.place}
      fault={fault}
      onInput={type}
      combo={{
        list,
        isOpen: open,
        active: at.value >= 0 ? `${list}-${at.value}` : undefined,
        onKeyDown: key,
        onBlur: close,
      }}
    >
      <ul class="suggestions" id={list} role="listbox" aria-label="Places" hidden={!open}>
        {found.value.map((place, i) => (
          <li
            key={place.name}
            id={`${list}-${i}`}
            role="option"
            aria-selected={i === at.value}
            onPointerDown={(event) => {
              event.preventDefault();
              choose(place);
            }}
          >
            {place.name}
          </li>
        ))}
      </ul>
    </Field>
  );
}
