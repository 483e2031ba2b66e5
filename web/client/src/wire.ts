/** The socket's wire: what the namespace /stream says and hears. */
import type { Post, State, Status, Totals } from "./api";
import type { Second } from "./series";

export interface OpenGap {
  started_at: number;
  ended_at: number | null;
  reason: string;
}

export interface StatusEvent extends Status {
  stream: string;
  state: State;
  totals: Totals;
  gap: OpenGap | null;
}

export interface PostsEvent {
  stream: string;
  seq: number;
  posts: Post[];
  left_out: number;
}

export interface Joined {
  stream: string;
  status: StatusEvent;
  seq: number;
  posts: Post[];
  missed: number;
  series: Second[];
}

export interface Refused {
  error: { code: string; message: string };
}

/** How many seconds up to now the series of an acknowledgement covers. */
export const SERIES_SECONDS = 600;
