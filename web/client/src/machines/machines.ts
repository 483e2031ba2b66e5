/** Machines that run collectors: what each last said of itself, and how another one joins. */
import { call } from "../shared/api";
import type { Stream } from "../shared/api";
import { Listing } from "../shared/listing";

export type MachineState = "connected" | "late" | "disconnected";
export type Connection =
  | "connecting"
  | "connected"
  | "backing_off"
  | "refused"
  | "idle"
  | "closed";

/** Something that a machine did to keep room on its disk. */
export interface Deed {
  at: number;
  deed: "packed" | "stopped" | "freed";
  collection: string;
  message: string;
}

/** `connection` is that of the slot which it holds; `streams` counts those of everybody on it.
 *
 * `disk_hours_left` is null when nothing is written. Times are ms since the epoch.
 */
export interface Machine {
  name: string;
  state: MachineState;
  version: string;
  disk_free: number;
  disk_total: number;
  seen_at: number;
  named: boolean;
  connection: Connection | null;
  streams: number;
  slots: number;
  slots_free: number;
  disk_hours_left: number | null;
  disk_level: "ok" | "warn" | "pack" | "stop";
  disk_message: string;
  disk_deeds: readonly Deed[];
  ships_to: string | null;
  ship_waiting: number;
  ship_faults: readonly string[];
}

export const machines = new Listing(
  async () => (await call<{ items: Machine[] }>("GET", "/machines")).items,
);

export const MACHINE_WORDS: Record<MachineState, string> = {
  connected: "Connected",
  late: "Late",
  disconnected: "Disconnected",
};

const CONNECTION_WORDS: Record<Connection, string> = {
  connecting: "connecting to X…",
  connected: "connected to X",
  backing_off: "waiting before it tries X again",
  refused: "refused by X",
  idle: "idle, nothing to ask X for",
  closed: "closed",
};

/** What its connection slot does, in words; X allows one connection an app. */
export function slotWords({ connection, streams, named, state }: Machine): string {
  if (connection === null || state === "disconnected") {
    return named ? "not in use" : "standing by: it takes over when nobody holds the connection";
  }
  const on = streams === 1 ? "1 stream on it" : `${streams} streams on it`;
  return `${CONNECTION_WORDS[connection]}, ${streams ? on : "no streams on it"}`;
}

/** Where a stream was placed: on a machine by name, on those without one (null), or nowhere yet. */
function placeOf({ plan, placed_on }: Stream): string | null | undefined {
  const place = plan.machine === "any" ? (placed_on ?? undefined) : plan.machine;
  return place === "default" ? null : place;
}

/** Where a stream runs, by name; null where no name says it. */
export const hostOf = (stream: Stream): string | null => placeOf(stream) ?? null;

/** The streams that run on a machine; those placed on none, where it holds the shared connection. */
export const streamsOn = (machine: Machine, streams: readonly Stream[]): readonly Stream[] =>
  streams.filter((stream) => {
    const place = placeOf(stream);
    if (place !== null) return place === machine.name;
    return !machine.named && machine.connection !== null && stream.source === "x";
  });

/** Whether a machine may have the name; two words mean another thing where streams are placed. */
export const isMachineName = (name: string): boolean =>
  /^[A-Za-z0-9._-]+$/.test(name) && name !== "any" && name !== "default";

/** The settings that another machine needs, as its file `.env`. */
export const JOIN_SETTINGS = `# The same as on this server: they make it one of us.
REDIS_URL=
DATABASE_URL=
SECRET_KEY=
# An X app of its own: X allows one connection an app.
X_API_KEY=
X_API_SECRET=
`;

export const joinCommand = (name: string): string => `bin/run collector --name ${name || "lab-2"}`;
