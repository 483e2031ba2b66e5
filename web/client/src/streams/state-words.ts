/** States of a stream in the words that people read, and what they may order in each. */
import type { State, Stream } from "../shared/api";

export const STATE_WORDS: Record<State, string> = {
  stopped: "Stopped",
  scheduled: "Scheduled",
  starting: "Connecting…",
  running: "Running",
  reconnecting: "Reconnecting…",
  stopping: "Ending…",
  finished: "Finished",
  failed: "Failed",
  archived: "Archived",
};

/** Whether something is under way that the collector has yet to confirm. */
export const isUnderWay = (state: State): boolean =>
  state === "starting" || state === "stopping" || state === "reconnecting";

export const isWanted = (stream: Stream): boolean => stream.wanted === "running";

const TOLD = 5;

/** What a stream looks for, in a line. */
export function aim({ filter }: Stream): string {
  const words = [filter.word, ...filter.keywords].filter(Boolean);
  const told = words.length > TOLD ? [...words.slice(0, TOLD), `${words.length - TOLD} more`] : words;
  return [told.join(" or "), filter.place?.name].filter(Boolean).join(" in ");
}
