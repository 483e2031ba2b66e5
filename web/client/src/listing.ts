/** A listing: what the server has of one kind, read again and again while somebody looks. */
import { signal } from "@preact/signals";

export class Listing<Item> {
  /** Null until it was read. */
  readonly items = signal<readonly Item[] | null>(null);
  /** Why it could not be read the last time. */
  readonly trouble = signal<string | null>(null);
  private turn = 0;

  constructor(private readonly read: () => Promise<readonly Item[]>) {}

  /** Read it; an answer that a change or a later reading overtook is dropped. */
  refresh = async (): Promise<void> => {
    const mine = ++this.turn;
    try {
      const found = await this.read();
      if (mine !== this.turn) return;
      this.trouble.value = null;
      if (!same(found, this.items.peek())) this.items.value = found;
    } catch (error) {
      if (mine === this.turn) this.trouble.value = said(error);
    }
  };

  /** Show a change at once, as far as anything was read. */
  change(to: (known: readonly Item[]) => readonly Item[]): void {
    this.turn++;
    if (this.items.value) this.items.value = to(this.items.value);
  }
}

/** Whether two answers say the same: then nothing is drawn anew. */
const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

export const said = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
