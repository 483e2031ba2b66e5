/**
 * Local times as fields have them: "2026-11-22T04:00". When clocks go back, an hour comes twice: a time
 * in it carries its offset, "2026-10-25T02:30+02:00". When they go forward, an hour does not exist.
 */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Length of a time without an offset. */
const LENGTH = 16;

/** The moments, in ms since the epoch, that a time without an offset names: none, one or two. */
export function momentsOf(local: string): number[] {
  const asUtc = Date.parse(`${local.slice(0, LENGTH)}Z`);
  if (Number.isNaN(asUtc)) return [];
  const offsets = [asUtc - DAY_MS, asUtc + DAY_MS].map((ms) => new Date(ms).getTimezoneOffset());
  return [...new Set(offsets)]
    .map((offset) => asUtc + offset * MINUTE_MS)
    .filter((ms) => bareLocalOf(ms) === local.slice(0, LENGTH))
    .sort((one, other) => one - other);
}

/** The moment that a field names, in ms since the epoch; null when it names none. */
export function momentOf(local: string): number | null {
  if (local.length > LENGTH) {
    const ms = Date.parse(local);
    return Number.isNaN(ms) ? null : ms;
  }
  return momentsOf(local)[0] ?? null;
}

/** A moment as a field has it, with an offset only where the time comes twice. */
export function localOf(ms: number | null): string {
  if (ms === null) return "";
  const local = bareLocalOf(ms);
  return momentsOf(local).length > 1 ? local + offsetOf(ms) : local;
}

/** What is wrong with a time that was typed; null when it can be, or is empty. */
export const localFault = (local: string): string | null =>
  local && momentOf(local) === null
    ? "This time does not exist: clocks skip it that day. Choose an earlier or later one."
    : null;

/** The offset of a moment from UTC, as fields and people have it: "+02:00". */
export function offsetOf(ms: number): string {
  const east = -new Date(ms).getTimezoneOffset();
  const [hours, minutes] = [Math.floor(Math.abs(east) / 60), Math.abs(east) % 60].map((n) => String(n).padStart(2, "0"));
  return `${east < 0 ? "-" : "+"}${hours}:${minutes}`;
}

function bareLocalOf(ms: number): string {
  const offset = new Date(ms).getTimezoneOffset();
  return new Date(ms - offset * MINUTE_MS).toISOString().slice(0, LENGTH);
}
