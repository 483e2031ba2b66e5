/** A disk: how much of it is used, how long the rest will do, and what was done to keep room. */
import { bytes, duration } from "../shared/format";
import type { Machine } from "./machines";
import { RelativeTime } from "../shared/relative-time";
import { Icon } from "../shared/icon";

const HOUR_MS = 3_600_000;

export function DiskMeter({ machine }: { machine: Machine }) {
  const { disk_free, disk_total, disk_level, disk_message, disk_hours_left, disk_deeds } = machine;
  if (!disk_total) return <p class="muted small">Its disk is not known yet.</p>;
  const used = disk_total - disk_free;
  const percent = Math.round((100 * used) / disk_total);
  const isScarce = disk_level !== "ok";
  const words = `${bytes(used)} of ${bytes(disk_total)} used`;
  return (
    <div class="disk">
      <p class="disk-words">
        <span>
          {isScarce && <Icon name="warn" />} Disk: {words}
        </span>
        <span class="muted">{bytes(disk_free)} free</span>
      </p>
      <svg
        class={isScarce ? "meter scarce" : "meter"}
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
        role="meter"
        aria-label="Disk"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={words}
      >
        <rect width={percent} height="4" />
      </svg>
      {disk_hours_left !== null && (
        <p class="small muted">At this rate it is full in {duration(disk_hours_left * HOUR_MS)}.</p>
      )}
      {isScarce && disk_message && <p class="small">{disk_message}</p>}
      {disk_deeds.map((deed) => (
        <p key={deed.at} class="small muted">
          <RelativeTime at={deed.at} />: {deed.message}
        </p>
      ))}
    </div>
  );
}
