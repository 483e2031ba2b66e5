/** One post as X's display rules want it: whole and unaltered, the label outside of the text. */
import { Component } from "preact";
import type { Post } from "../shared/api";
import { DEVICE_NAMES } from "../shared/devices";
import { fullTime, percent, time } from "../shared/format";
import { readingOf, withheldWords } from "../shared/reading";
import { platformName } from "../shared/sources";
import { othersOf, toneOf, wordsOf } from "../shared/taggers";
import { LABEL_NAMES, LABELS } from "../shared/labels";
import * as corrections from "./corrections";
import * as live from "./live";
import { Avatar } from "../shared/avatar";
import { LabelIcon } from "../shared/label-icon";

const KINDS: Partial<Record<Post["kind"], string>> = { reply: "Reply", quote: "Quote" };

/** "polarized/negative" and its like, with arrows. */
export const pathOf = (path: string): string => path.split(/[/>.\s]+/).filter(Boolean).join(" → ");

/** A post never changes, so neither does its card: a later version is another post. */
export class PostCard extends Component<{ post: Post }> {
  override shouldComponentUpdate(next: { post: Post }): boolean {
    return next.post !== this.props.post;
  }

  render({ post }: { post: Post }) {
    return (
      <article class={`post post-${post.label}`}>
        <Head post={post} />
        <p class="post-text" lang={post.lang ?? undefined} dir="auto">
          {post.text}
        </p>
        <Foot post={post} />
      </article>
    );
  }
}

function Head({ post }: { post: Post }) {
  const writer = post.original ?? post.author;
  const handle = writer?.handle ?? "";
  const name = writer?.name ?? handle;
  return (
    <header class="post-head">
      <Avatar name={name || "?"} handle={handle} picture={writer?.avatar} />
      <span class="post-author">
        {post.kind === "retweet" && !post.original && <span class="muted">Reposted by </span>}
        <strong>{name || writer?.id || "Unknown author"}</strong>
        {handle && <span class="muted"> @{handle}</span>}
        {post.original && (
          <span class="muted post-reposter"> · reposted by @{post.author?.handle ?? "somebody"}</span>
        )}
      </span>
      <When post={post} />
    </header>
  );
}

function When({ post }: { post: Post }) {
  const written = post.created_at ? Date.parse(post.created_at) : NaN;
  const at = Number.isNaN(written) ? post.received_at : written;
  const platform = platformName(post.platform);
  const stamp = (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {time(at)}
    </time>
  );
  return post.url && /^https?:\/\//.test(post.url) ? (
    <a class="post-time" href={post.url} target="_blank" rel="noopener noreferrer">
      {stamp}
      <span class="hidden">
        {platform ? ` View on ${platform}` : " View the post"}
      </span>
      {platform && post.platform !== "x" && <span class="muted"> {platform}</span>}
      {post.platform === "x" && <XLogo />}
    </a>
  ) : (
    <span class="post-time">{stamp}</span>
  );
}

const XLogo = () => (
  <svg class="x-logo" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M3 3l13 18h5L8 3zM20 3l-7.400 8.300M10.800 13.600 4 21" />
  </svg>
);

function Foot({ post }: { post: Post }) {
  const path = pathOf(post.path);
  const device = post.source === "other" ? null : DEVICE_NAMES[post.source];
  const more = [post.edited && "Edited", KINDS[post.kind], post.place, device].filter(Boolean);
  return (
    <footer class="post-foot">
      <ReadingChip post={post} />
      {othersOf(post).map(({ tagger, label, confidence }) => (
        <span
          key={tagger}
          class={`chip chip-tone-${toneOf(tagger, label)}`}
          title={`${wordsOf(tagger)}: a probability of ${percent(confidence, 1)}`}
        >
          {wordsOf(label)}
        </span>
      ))}
      {path && path !== post.label && <span class="path">{path}</span>}
      {post.withheld && post.withheld.length > 0 && (
        <span class="chip chip-notice">{withheldWords(post.withheld)}</span>
      )}
      {post.backfilled && (
        <span class="chip chip-notice" title="Weir did not receive it live, but fetched it after a gap.">
          Backfilled
        </span>
      )}
      {post.paid_partnership && <span class="chip chip-notice">Paid partnership</span>}
      <span class="post-more">{more.join(" · ")}</span>
    </footer>
  );
}

/** What the label should be, in the view of the person at the page. */
function Correction({ post }: { post: Post }) {
  const stream = live.memory.has(post.id) ? [...live.subscriptions.keys()][0] : undefined;
  if (!stream) return null;
  const mine = corrections.made.value.get(post.id);
  return (
    <div class="correction">
      <span class="muted">{mine ? "You corrected it:" : "Wrong label? Correct it:"}</span>
      {LABELS.filter((label) => label !== "unknown").map((label) => (
        <button
          key={label}
          class="chip-button"
          aria-pressed={(mine ?? post.label) === label}
          onClick={() => void corrections.correct(stream, post, label)}
        >
          <LabelIcon label={label} />
          {LABEL_NAMES[label]}
        </button>
      ))}
      {corrections.trouble.value && <span role="alert">{corrections.trouble.value}</span>}
    </div>
  );
}

/** The label with a word on how sure it is; opened, the number and what it means. */
function ReadingChip({ post }: { post: Post }) {
  const { words, certainty, why } = readingOf(post);
  return (
    <details class="reading">
      <summary class={`chip chip-${post.label}`}>
        <LabelIcon label={post.label} />
        {words}
        {certainty && <b>{certainty}</b>}
      </summary>
      <p>{why}</p>
      <Correction post={post} />
    </details>
  );
}
