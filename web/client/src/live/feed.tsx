/** The feed: the newest posts; it holds while somebody reads in it. */
import { signal, useComputed, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Post } from "../shared/api";
import * as filters from "./filters";
import { count, posts as inPosts } from "../shared/format";
import * as live from "./live";
import { READING, listed, newest, shares } from "./selectors";
import { coverageNote } from "./coverage";
import { Icon } from "../shared/icon";
import { PostCard } from "./post-card";

/** The posts on hold while somebody reads; null when the feed runs. */
const held = signal<{ posts: readonly Post[]; came: number; epoch: number } | null>(null);
const SCROLLED = 24;

export function Feed() {
  const list = useRef<HTMLOListElement>(null);
  const shown = useComputed(() => held.value?.posts ?? listed.value);
  const newer = held.value ? live.coverage.value.came - held.value.came : 0;

  useSignalEffect(() => {
    // Other streams are shown now: what was on hold belongs to those before.
    if (held.peek() && held.peek()?.epoch !== live.epoch.value) {
      held.value = null;
      list.current?.scrollTo({ top: 0 });
    }
  });
  useSignalEffect(() => {
    const isGone = live.gone.value;
    const read = held.peek();
    if (isGone && read) held.value = { ...read, posts: read.posts.filter((post) => !isGone(post)) };
  });
  useSignalEffect(() => {
    const later = live.laterVersion.value;
    const read = held.peek();
    if (later && read) held.value = { ...read, posts: read.posts.map((post) => later(post) ?? post) };
  });

  const scrolled = (): void => {
    const reads = (list.current?.scrollTop ?? 0) > SCROLLED;
    if (reads && !held.value) {
      const posts = newest(READING, filters.choice.peek());
      held.value = { posts, came: live.coverage.value.came, epoch: live.epoch.peek() };
    } else if (!reads && held.value) held.value = null;
  };
  const toTop = (): void => {
    held.value = null;
    list.current?.scrollTo({ top: 0 });
  };

  return (
    <section class="panel feed-panel" aria-labelledby="feed-title" id="feed">
      <header class="panel-head">
        <h2 id="feed-title">Live feed</h2>
        <Coverage />
      </header>
      {newer > 0 && (
        <button class="newer" onClick={toTop}>
          Show {count(newer)} newer
        </button>
      )}
      {shown.value.length === 0 ? (
        <Nothing />
      ) : (
        <ol class="feed" ref={list} onScroll={scrolled} tabIndex={0} aria-label="Posts, newest first">
          {shown.value.map((post) => (
            <li key={post.id}>
              <PostCard post={post} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Coverage() {
  const passing = filters.isNarrow.value ? shares.value.all : null;
  const { text, why } = coverageNote({ ...live.coverage.value, inMemory: live.memory.size, passing });
  return (
    <p class="panel-note" title={why}>
      {text}
    </p>
  );
}

function Nothing() {
  if (filters.isNarrow.value && live.memory.size > 0) {
    return (
      <div class="nothing">
        <Icon name="search" />
        <p>
          None of the {inPosts(live.memory.size)} in memory{" "}
          {filters.moment.value ? "are of that moment." : "pass these filters."}
        </p>
        <button class="quiet" onClick={filters.clear}>
          Clear filters
        </button>
      </div>
    );
  }
  return (
    <div class="nothing">
      <Icon name="feed" />
      <p>No posts yet. They appear here the moment they are written.</p>
    </div>
  );
}
