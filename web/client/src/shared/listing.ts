/** A listing: what the server has of one kind, read again and again while somebody looks. */
import { signal } from "@preact/signals";
import { said } from "./fault-texts";

export class Listing<Item> {
  /** Null until it was read. */
  readonly items = signal<readonly Item[] | null>(null);
  /** Why it could not be read the last time. */
  readonly trouble = signal<string | null>(null);
  /** Why the last order about an item was refused, by the item's key. */
  readonly refused = signal<Readonly<Record<string, string>>>({});
  private turn = 0;
  private orders = 0;

  constructor(private readonly read: () => Promise<readonly Item[]>) {}

  /** Read it; an answer that a change, an order or a later reading overtook is dropped. */
  refresh = async (): Promise<void> => {
    const mine = ++this.turn;
    try {
      const found = await this.read();
      if (mine !== this.turn || this.orders > 0) return;
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

  /** Give an order: show what it should lead to, then what it led to, and why if it was refused. */
  async order(
    key: string | number,
    expected: (known: readonly Item[]) => readonly Item[],
    give: () => Promise<unknown>,
  ): Promise<void> {
    const { [key]: _, ...rest } = this.refused.peek();
    this.refused.value = rest;
    this.orders++;
    this.change(expected);
    try {
      await give();
    } catch (error) {
      this.refused.value = { ...this.refused.peek(), [key]: said(error) };
    } finally {
      this.orders--;
    }
    await this.refresh();
  }
}

/** Whether two answers say the same: then nothing is drawn anew. */
const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
