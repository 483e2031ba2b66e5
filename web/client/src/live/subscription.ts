/** A subscription: the state of one stream that is shown. */
import type { Gap, Post } from "../shared/api";
import { now, observe } from "../shared/clock";
import { LABELS, countKind } from "../shared/labels";
import { Series, countedAt } from "./series";
import { CountReconciler } from "./count-reconciler";
import {
  SERIES_SECONDS,
  isTombstone,
  type EditedPost,
  type Entry,
  type Joined,
  type OpenGap,
  type PostsEvent,
  type ShownPart,
  type StatusEvent,
} from "../shared/wire";

/** A label that is not known here reads as none. */
const readable = (post: Post): Post =>
  LABELS.includes(post.label) ? post : { ...post, label: "unknown", model: null };

/** The posts that are there. */
const living = (entries: readonly Entry[]): Post[] =>
  entries.filter((entry): entry is Post => !isTombstone(entry)).map(readable);

export class Subscription {
  readonly series = new Series();
  gaps: Gap[] = [];
  /** Number of the last post that is known of; null until the room was joined. */
  seq: number | null = null;
  /** What that number is of; null until the room was joined. */
  epoch: string | null = null;
  /** How often the server began to count anew, so that what was missed cannot be known. */
  resets = 0;
  /** Posts since this subscription began: that came, that a cap left out, that were lost. */
  came = 0;
  leftOut = 0;
  missed = 0;
  /** What the server shows of the posts just now; null while that is all of them. */
  part: ShownPart | null = null;
  private readonly counts = new CountReconciler();
  private connectedAt: number | null = null;

  constructor(readonly id: string) {}

  /**
   * What to ask for: at first the latest posts; later all that the server keeps, because what was
   * deleted of it meanwhile has left a tombstone there.
   */
  get since(): number | null {
    return this.seq === null ? null : 0;
  }

  /** Take the answer to a subscription; gives the posts that are new here. */
  join(answer: Joined): Post[] {
    const { seq, epoch, posts } = answer;
    let fresh = posts;
    if (this.seq !== null && !answer.continues) this.resets++;
    else if (this.seq !== null) {
      const ahead = seq - this.seq;
      this.missed += Math.max(0, ahead - posts.length);
      fresh = posts.slice(Math.max(0, posts.length - ahead));
    }
    this.seq = seq;
    this.epoch = epoch;
    this.came += fresh.length;
    this.part = answer.status.part ?? null;
    this.counts.begin(answer.status.totals);
    this.series.cover(answer.series, Math.floor(now() / 1000), SERIES_SECONDS);
    return living(fresh);
  }

  /** Take later versions of posts, and move the counts as the server did; gives the posts. */
  takeEdits(edits: readonly EditedPost[]): Post[] {
    for (const { post, was, at } of edits) {
      const kind = countKind(readable(post));
      if (was === null || at === null || was === kind) continue;
      this.counts.move(was, kind);
      this.series.move(at, was, kind);
    }
    return edits.map(({ post }) => readable(post));
  }

  /** Take a frame; gives its posts, none when the frame is known already. */
  take(frame: PostsEvent): Post[] {
    if (this.seq === null) return [];
    if (frame.epoch !== this.epoch) this.beginEpoch(frame);
    // Posts that the server counted and does not show have no number: only their count comes.
    if (frame.posts.length === 0 && frame.seq === this.seq) this.leaveOut(frame.left_out);
    if (frame.seq <= this.seq) return [];
    this.seq = frame.seq;
    this.came += frame.posts.length;
    const posts = living(frame.posts);
    this.counts.leaveOut(frame.posts.length - posts.length);
    for (const post of posts) {
      observe(post.received_at);
      const kind = countKind(post);
      this.counts.see(kind);
      this.series.add(Math.floor(countedAt(post) / 1000), kind, 1);
    }
    this.leaveOut(frame.left_out);
    return posts;
  }

  /** Follow a server that numbers anew; only the first number of all proves that nothing was missed. */
  private beginEpoch({ epoch, seq, posts, left_out }: PostsEvent): void {
    const isFirst = this.epoch === "" && seq <= posts.length + left_out;
    if (!isFirst) this.resets++;
    this.epoch = epoch;
    this.seq = posts.length ? seq - 1 : seq;
  }

  private leaveOut(posts: number): void {
    if (posts === 0) return;
    this.leftOut += posts;
    this.counts.leaveOut(posts);
  }

  /**
   * Take the totals, which name the labels of posts that were left out, and the gap, if one lasts.
   * Returns whether the platform was connected anew since, so that the list of gaps has changed.
   */
  settle(status: StatusEvent): boolean {
    this.mind(status.gap);
    this.part = status.part ?? null;
    const since = status.since ?? null;
    const isAnew = since !== null && this.connectedAt !== null && since !== this.connectedAt;
    this.connectedAt = since ?? this.connectedAt;
    const second = Math.floor(now() / 1000);
    for (const [kind, posts] of this.counts.settle(status.totals)) {
      this.series.add(second, kind, posts);
    }
    return isAnew;
  }

  private mind(gap: OpenGap | null): void {
    const last = this.gaps.at(-1);
    if (gap && last?.from !== gap.started_at) {
      this.gaps = [...this.gaps, { from: gap.started_at, to: null, reason: gap.reason }];
    } else if (!gap && last && last.to === null) {
      this.gaps = [...this.gaps.slice(0, -1), { ...last, to: Math.round(now()) }];
    }
  }
}
