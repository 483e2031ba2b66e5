/** The bar of filters: sentiment, model, source, text, and the moment that was picked on the chart. */
import type { Device } from "../shared/api";
import { DEVICES, DEVICE_NAMES } from "../shared/devices";
import * as filters from "./filters";
import { dayTime, time } from "../shared/format";
import { LABELS, LABEL_NAMES, SPEEDS, type Speed } from "../shared/labels";
import * as live from "./live";
import { namesDevices, namesSpeeds, otherLabels } from "./selectors";
import { count } from "../shared/format";
import { wordsOf } from "../shared/taggers";
import { Icon } from "../shared/icon";
import { LabelIcon } from "../shared/label-icon";

export function FilterBar() {
  return (
    <div class="filter-bar" role="group" aria-label="What is shown">
      <div class="segments" role="group" aria-label="Sentiments shown">
        {LABELS.map((label) => (
          <button
            key={label}
            aria-pressed={filters.labels.value.has(label)}
            onClick={() =>
              (filters.labels.value = filters.toggled(filters.labels.value, label, LABELS))
            }
          >
            <LabelIcon label={label} />
            {LABEL_NAMES[label]}
          </button>
        ))}
      </div>
      {(namesDevices.value || filters.devices.value.size < DEVICES.length) && <DeviceChoice />}
      {(namesSpeeds.value || filters.speed.value) && <SpeedChoice />}
      {otherLabels.value.map(([tagger, found]) => (
        <OtherChoice key={tagger} tagger={tagger} found={found} />
      ))}
      <label class="search">
        <span class="hidden">Text in posts</span>
        <Icon name="search" />
        <input
          type="search"
          placeholder="Text or author"
          value={filters.text.value}
          onInput={(event) => (filters.text.value = event.currentTarget.value)}
        />
      </label>
      <MomentChip />
      {filters.isNarrow.value && (
        <button class="quiet" onClick={filters.clear}>
          Clear
        </button>
      )}
      <PauseButton />
    </div>
  );
}

function DeviceChoice() {
  const chosen = filters.devices.value;
  const only = chosen.size === 1 ? [...chosen][0] : undefined;
  const choose = (value: string): void => {
    filters.devices.value = new Set(value === "all" ? DEVICES : [value as Device]);
  };
  return (
    <label class="choice">
      <span class="hidden">Written on</span>
      <select value={only ?? "all"} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="all">Any source</option>
        {DEVICES.map((device) => (
          <option key={device} value={device}>
            {DEVICE_NAMES[device]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Offered while both sentiment models have labelled posts at hand. */
function SpeedChoice() {
  return (
    <label class="choice">
      <span class="hidden">Labelled by</span>
      <select
        value={filters.speed.value ?? ""}
        onChange={(event) => (filters.speed.value = (event.currentTarget.value as Speed) || null)}
      >
        <option value="">Labelled by any model</option>
        {SPEEDS.map((speed) => (
          <option key={speed} value={speed}>
            Labelled by the {speed} one
          </option>
        ))}
      </select>
    </label>
  );
}

/** The labels of another tagger among the posts at hand. */
function OtherChoice({ tagger, found }: { tagger: string; found: readonly string[] }) {
  const chosen = filters.others.value[tagger] ?? "";
  const options = found.includes(chosen) || !chosen ? found : [...found, chosen];
  return (
    <label class="choice">
      <span class="hidden">{wordsOf(tagger)}</span>
      <select
        value={chosen}
        onChange={(event) => filters.choose(tagger, event.currentTarget.value || null)}
      >
        <option value="">Any {tagger.replace(/_/g, " ")}</option>
        {options.map((label) => (
          <option key={label} value={label}>
            {wordsOf(label)}
          </option>
        ))}
      </select>
    </label>
  );
}

function MomentChip() {
  const moment = filters.moment.value;
  if (!moment) return null;
  const name = moment.to - moment.from < 60_000 ? time : dayTime;
  return (
    <button class="chip-button" onClick={() => (filters.moment.value = null)}>
      {name(moment.from)} – {time(moment.to)} <Icon name="close" />
      <span class="hidden">Show all times</span>
    </button>
  );
}

function PauseButton() {
  if (!live.paused.value) {
    return (
      <button class="pause" onClick={live.pause}>
        <Icon name="pause" /> Pause
      </button>
    );
  }
  return (
    <button class="pause paused" onClick={live.resume}>
      <Icon name="play" /> Resume{live.waiting.value > 0 && <b>{count(live.waiting.value)}</b>}
    </button>
  );
}
