/** States of a stream in the words that people read, and what they may order in each. */
import type { State, Stream } from "../shared/api";
import { titlesOf } from "../shared/sources";

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

/** The state of each of several sources: "X: running · Mastodon: failed, its token is refused". */
export const sourceWords = ({ status }: Pick<Stream, "status">): string =>
  (status.sources ?? [])
    .map(({ source, state, fault }) => {
      const words = SOURCE_WORDS[state] ?? STATE_WORDS[state].toLowerCase().replace("…", "");
      return `${titlesOf([source])}: ${words}${fault ? ` (${fault.message.replace(/\.$/, "")})` : ""}`;
    })
    .join(" · ");

const SOURCE_WORDS: Partial<Record<State, string>> = { running: "connected", failed: "refused" };

/** Whether something is under way that the collector has yet to confirm. */
export const isUnderWay = (state: State): boolean =>
  state === "starting" || state === "stopping" || state === "reconnecting";

export const isWanted = (stream: Pick<Stream, "wanted">): boolean => stream.wanted === "running";

/** Whether its budget is reached: it rests as planned, which is no error. */
export const isSpent = ({ status }: Pick<Stream, "status">): boolean =>
  status.fault?.code === "budget_spent";

/** A state as it is shown: its words, the dot beside them, and whether the dot moves. */
export interface ShownState {
  words: string;
  dot: string;
  isBusy: boolean;
}

/** What is known of a stream's state: while the page is offline, what was known last. */
export function shownState(stream: Pick<Stream, "status">, isOffline: boolean): ShownState {
  const { state } = stream.status;
  const words = isSpent(stream) ? "Budget reached" : STATE_WORDS[state];
  const moves = state === "running" || isUnderWay(state);
  if (isOffline && moves) {
    return { words: `Was ${words.toLowerCase().replace("…", "")}`, dot: "unknown", isBusy: false };
  }
  return { words, dot: isSpent(stream) ? "finished" : state, isBusy: isUnderWay(state) };
}

/** What may be ordered first: `raise` and `extend` edit what ended the stream. */
export type FirstOrder = "start" | "stop" | "retry" | "replay" | "raise" | "extend";

export function firstOrder(stream: Pick<Stream, "wanted" | "status" | "plan">): FirstOrder {
  if (!isWanted(stream)) return "start";
  const { state } = stream.status;
  if (isSpent(stream)) return "raise";
  if (state !== "finished" && state !== "failed") return "stop";
  if (stream.plan.replay) return "replay";
  return state === "failed" ? "retry" : "extend";
}

/** The fault to show as an error; none for a budget that is reached. */
export const errorOf = (stream: Pick<Stream, "status">): string | null =>
  isSpent(stream) ? null : (stream.status.fault?.message ?? null);

const TOLD = 5;

/** What a stream looks for, in a line. */
export function aim({ filter }: Stream): string {
  const words = [filter.word, ...filter.keywords].filter(Boolean);
  const told = words.length > TOLD ? [...words.slice(0, TOLD), `${words.length - TOLD} more`] : words;
  return [told.join(" or "), filter.place?.name].filter(Boolean).join(" in ");
}

/** Whether its posts reach the dashboard; those of a capture client stay on its machine. */
export const canBeWatched = ({ wanted, client, source }: Pick<Stream, "wanted" | "client" | "source">): boolean =>
  wanted !== "archived" && client === null && source !== "client";

/** Where the files of a job are, which this server does not know; null for other streams. */
export const filesElsewhere = ({ client, source }: Pick<Stream, "client" | "source">): string | null =>
  client === null && source !== "client" ? null : `on ${client ?? "the machine of its capture client"}, not known here`;

/** What is said where no gap is recorded. */
export function noGaps({ client, source }: Pick<Stream, "client" | "source">): string {
  if (client === null && source !== "client") return "None recorded while the stream was running.";
  return `${client ?? "Its capture client"} has reported none. Weir’s agent reports gaps; the existing capture client never does.`;
}

/** Where its posts come from, where that is not plain X: made up, or read by a capture client. */
export function originOf({ simulated, client }: Pick<Stream, "simulated" | "client">): string | null {
  if (client) return `captured by ${client}`;
  return simulated ? "made-up posts" : null;
}
