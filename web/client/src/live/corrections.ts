/** Corrections: labels that the person at this page put right, as long as the page is open. */
import { signal } from "@preact/signals";
import * as api from "../shared/api";
import type { Label, Post } from "../shared/api";
import { SENTIMENT } from "../shared/taggers";

export const made = signal<ReadonlyMap<string, Label>>(new Map());
/** What went wrong with the last one, in words. */
export const trouble = signal<string | null>(null);

/** Tell the server which label a post of a stream should have. */
export async function correct(stream: string, post: Post, label: Label): Promise<void> {
  const before = made.peek().get(post.id) ?? post.label;
  if (before === label) return;
  try {
    await api.correct(stream, {
      post_id: post.id,
      author_id: (post.original ?? post.author)?.id ?? null,
      text: post.text,
      tagger: SENTIMENT,
      before,
      model: post.model,
      label,
    });
    made.value = new Map(made.peek()).set(post.id, label);
    trouble.value = null;
  } catch (error) {
    trouble.value = error instanceof Error ? error.message : String(error);
  }
}
