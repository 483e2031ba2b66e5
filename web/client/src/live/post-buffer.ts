/** The post buffer: the most recent posts, each once, in a ring of fixed size. */
import type { Device, Post } from "../shared/api";
import { DEVICES } from "../shared/devices";

/** The ids of all versions of a post that are known. */
export const versionsOf = (post: Post): readonly string[] => [post.id, ...(post.replaces ?? [])];

export class PostBuffer {
  private readonly ring: (Post | undefined)[];
  private readonly ids = new Set<string>();
  /** How many of the posts were written on each device. */
  readonly devices: Record<Device, number> = { iphone: 0, android: 0, web: 0, other: 0 };
  private next = 0;
  private used = 0;

  constructor(readonly capacity: number) {
    this.ring = new Array<Post | undefined>(capacity);
  }

  get size(): number {
    return this.ids.size;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  /** Keep a post, and let the oldest go for it; false when it is here already. */
  add(post: Post): boolean {
    if (this.ids.has(post.id)) return false;
    const oldest = this.ring[this.next];
    if (oldest) this.drop(oldest);
    this.used = Math.min(this.capacity, this.used + 1);
    this.devices[post.source]++;
    this.ring[this.next] = post;
    this.ids.add(post.id);
    this.next = (this.next + 1) % this.capacity;
    return true;
  }

  /** Let go of the posts for which a test holds. */
  remove(isGone: (post: Post) => boolean): void {
    this.ring.forEach((post, at) => {
      if (!post || !isGone(post)) return;
      this.ring[at] = undefined;
      this.drop(post);
    });
  }

  /** Put later versions in the places of the earlier ones; gives those that had one here. */
  replace(later: readonly Post[]): Post[] {
    const wanted = new Map<string, Post>();
    for (const post of later) {
      if (versionsOf(post).some((id) => this.ids.has(id))) {
        for (const id of versionsOf(post)) wanted.set(id, post);
      }
    }
    const placed: Post[] = [];
    if (!wanted.size) return placed;
    this.ring.forEach((old, at) => {
      const post = old && wanted.get(old.id);
      if (!post || !old) return;
      this.drop(old);
      // Of two versions that a mishap brought here, one stays.
      const stays = !this.ids.has(post.id);
      this.ring[at] = stays ? { ...post, received_at: old.received_at } : undefined;
      if (!stays) return;
      this.ids.add(post.id);
      this.devices[post.source]++;
      placed.push(this.ring[at] as Post);
    });
    return placed;
  }

  clear(): void {
    this.ring.fill(undefined);
    this.ids.clear();
    for (const device of DEVICES) this.devices[device] = 0;
    this.next = this.used = 0;
  }

  /** The posts, newest first. */
  *newest(): Generator<Post> {
    for (let i = 1; i <= this.used; i++) {
      const post = this.ring[(this.next - i + this.capacity) % this.capacity];
      if (post) yield post;
    }
  }

  private drop(post: Post): void {
    this.ids.delete(post.id);
    this.devices[post.source]--;
  }
}
