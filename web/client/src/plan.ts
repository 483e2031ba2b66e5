/** The plan of a stream: where it runs, what it keeps and what it plays. */
import type { Stream } from "./api";

export interface Replay {
  collection: string | null;
  file: string | null;
  speed: number;
  since: number | null;
  until: number | null;
}

export interface Plan {
  description: string;
  machine: string | null;
  capture: { collection: string } | null;
  replay: Replay | null;
}

export const planOf = (stream: Stream): Plan => (stream as Stream & { plan: Plan }).plan;
