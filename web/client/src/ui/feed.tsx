/** The feed: the newest posts, still while somebody reads in it. */
import { signal, useComputed, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Post } from "../api";
import * as filters from "../filters";
import { count, posts as inPosts } from "../format";
import * as live from "../live";
import { READING, listed, newest } from "../rank";
import { Icon } from "./icon";
import { PostCard } from "./post-card";

/** The posts that are read, while they are; null when the feed runs. */
const still = signal<{ posts: readonly Post[]; came: number } | null>(null);
const SCROLLED = 24;

export function Feed() {
  const list = useRef<HTMLOListElement>(null);
  const shown = useComputed(() => still.value?.posts ?? listed.value);
  const newer = still.value ? live.coverage.value.came - still.value.came : 0;

  useSignalEffect(() => {
    const isGone = live.gone.value;
    const read = still.peek();
    if (isGone && read) still.value = { ...read, posts: read.posts.filter((post) => !isGone(post)) };
  });

  const scrolled = (): void => {
    const reads = (list.current?.scrollTop ?? 0) > SCROLLED;
    if (reads && !still.value) {
      const posts = newest(READING, filters.choice.peek());
      still.value = { posts, came: live.coverage.value.came };
    } else if (!reads && still.value) still.value = null;
  };
  const toTop = (): void => {
    still.value = null;
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
  const { came, all, missed } = live.coverage.value;
  if (came === all) return <p class="panel-note">{came ? `${inPosts(came)} since opened` : ""}</p>;
  const why = missed ? `${count(missed)} were missed while offline` : "The rest are counted only";
  return (
    <p class="panel-note" title={why}>
      showing {count(came)} of {count(all)}
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
