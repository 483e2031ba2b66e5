/** Where posts were written: a doughnut of devices, each named with its share. */
import type { Device } from "../shared/api";
import { DEVICES, DEVICE_NAMES } from "../shared/devices";
import * as filters from "../live/filters";
import { count, percent, short } from "../shared/format";
import { shares } from "../live/selectors";

const RADIUS = 42;
const ROUND = 2 * Math.PI * RADIUS;
const CUT = 2;

export function Doughnut() {
  const { all, devices } = shares.value;
  return (
    <section class="panel doughnut-panel" aria-labelledby="sources-title">
      <header class="panel-head">
        <h2 id="sources-title">Sources</h2>
        <p class="panel-note">{all ? `the last ${count(all)}` : ""}</p>
      </header>
      <div class="doughnut">
        <svg viewBox="0 0 120 120" aria-hidden="true">
          <circle class="doughnut-track" cx="60" cy="60" r={RADIUS} />
          <Arcs devices={devices} all={all} />
          <text x="60" y="60" class="doughnut-count">
            {short(all)}
          </text>
          <text x="60" y="75" class="doughnut-unit">
            {all === 1 ? "post" : "posts"}
          </text>
        </svg>
        <ul class="legend">
          {DEVICES.map((device) => (
            <li key={device}>
              <span class={`swatch device-${device}`} aria-hidden="true" />
              <span class="legend-name">{DEVICE_NAMES[device]}</span>
              <span class="legend-count">{count(devices[device])}</span>
              <b>{percent(devices[device], all)}</b>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Arcs({ devices, all }: { devices: Record<Device, number>; all: number }) {
  if (!all) return null;
  const several = DEVICES.filter((device) => devices[device] > 0).length > 1;
  let turned = 0;
  return (
    <g transform="rotate(-90 60 60)">
      {DEVICES.map((device) => {
        const length = (devices[device] / all) * ROUND;
        const from = turned;
        turned += length;
        const drawn = Math.max(0, length - (several ? CUT : 0));
        return (
          <circle
            key={device}
            class={`arc device-${device}`}
            cx="60"
            cy="60"
            r={RADIUS}
            stroke-dasharray={`${drawn.toFixed(2)} ${ROUND.toFixed(2)}`}
            stroke-dashoffset={(-from).toFixed(2)}
            opacity={filters.devices.value.has(device) ? 1 : 0.3}
          />
        );
      })}
    </g>
  );
}
