/** Schedules: what the clock will do to a stream next. */
import type { Stream } from "../shared/api";
import { dayTime, duration } from "../shared/format";

type Scheduled = Pick<Stream, "wanted" | "plan">;

/** What is next, in words; null when the clock does nothing. */
export function next({ wanted, plan }: Scheduled, now: number): string | null {
  const { starts_at: starts, ends_at: ends } = plan;
  if (wanted !== "running") return null;
  if (starts !== null && now < starts) return `Starts ${moment(starts, now)}`;
  if (ends === null) return null;
  return now < ends ? `Ends ${moment(ends, now)}` : `Ended ${dayTime(ends)}`;
}

const moment = (at: number, now: number): string => `${dayTime(at)}, in ${duration(at - now)}`;

/** The zone in which times are shown and typed: "Europe/Madrid". */
export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
