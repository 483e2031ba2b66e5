/** Made-up posts for the unit tests. */
import type { Post } from "./api";

export const post = (id: number, part: Partial<Post> = {}): Post => ({
  id: String(id),
  text: `post ${id}`,
  source: "other",
  coords: null,
  label: "neutral",
  path: "neutral",
  confidence: 0.5,
  model: null,
  platform: "x",
  kind: "post",
  created_at: null,
  received_at: 1_000_000_000_000 + id * 1000,
  lang: "en",
  author: { id: "1", handle: "ada", name: "Ada" },
  original: null,
  place: null,
  url: null,
  ...part,
});
