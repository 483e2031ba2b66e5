/** The plan of a stream: when and where it runs, what it may cost, what it keeps and what it plays. */

export interface Replay {
  collection: string | null;
  file: string | null;
  speed: number;
  since: number | null;
  until: number | null;
}

/** How the raw posts are kept; what is null is as the machine has it. */
export interface Capture {
  collection: string;
  minute_interval: number | null;
  filename_timefmt: string | null;
  extension: string | null;
  compression: "none" | "gzip" | "zstd" | null;
  /** What becomes of posts that the platform says are deleted. */
  on_deletion: "redact" | "mark";
}

/** Times are ms since the epoch. A budget is in posts, in dollars at X's price, or both. */
export interface Plan {
  description: string;
  capture: Capture | null;
  starts_at: number | null;
  ends_at: number | null;
  budget_posts: number | null;
  budget_usd: number | null;
  machine: string | null;
  priority: number;
  replay: Replay | null;
  /** Of Mastodon: the instance of the account's that it reads; null is the one of this Weir. */
  instance: number | null;
  /** Of Mastodon: only posts of the instance's own people. */
  local: boolean;
  /** The taggers besides sentiment. */
  taggers: readonly string[];
  /** Whether the posts of gaps are searched for afterwards. */
  backfill: boolean;
}
