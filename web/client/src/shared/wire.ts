/** The socket's wire: what the namespace /stream says and hears. */
import type { Post, State, Status, Totals } from "./api";
import type { Second } from "../live/series";
import type { CountKind } from "./labels";

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
  /** What viewers get of the posts while they do not get all of them. */
  part?: ShownPart | null;
}

/** Posts a second: those that are shown, those that there are, and why not the rest. */
export interface ShownPart {
  shown: number;
  of: number;
  viewer_limit: number;
  taggers_behind: number;
}

/** What is left of a post that was deleted: it keeps its place, so that numbers stay true. */
export interface Tombstone {
  id: string;
  deleted: true;
}

export type Entry = Post | Tombstone;

export const isTombstone = (entry: Entry): entry is Tombstone => "deleted" in entry;

/** Posts of these ids, and all of these authors, must be shown no longer. */
export interface DeletedEvent {
  stream: string;
  ids: string[];
  authors: string[];
}

/** A later version of a post; the rest says how the counts moved, null where they stay. */
export interface EditedPost {
  post: Post;
  /** What the post was counted as until now, in the second `at` (seconds since the epoch). */
  was: CountKind | null;
  at: number | null;
}

/** These posts take the place of their earlier versions. */
export interface EditedEvent {
  stream: string;
  posts: EditedPost[];
}

export interface PostsEvent {
  stream: string;
  /** What `seq` is numbered in; a server that lost its numbers begins another one. */
  epoch: string;
  seq: number;
  posts: Entry[];
  left_out: number;
}

export interface Joined {
  stream: string;
  status: StatusEvent;
  /** Empty before the first post. */
  epoch: string;
  seq: number;
  posts: Entry[];
  missed: number;
  /** Whether the numbers account for every post since the one that was asked for. */
  continues: boolean;
  series: Second[];
}

export interface Refused {
  error: { code: string; message: string };
}

/** How many seconds up to now the series of an acknowledgement covers. */
export const SERIES_SECONDS = 600;
