/** A list as the page shows it: loading, empty, failed, or its items. */
import type { ComponentChildren } from "preact";
import type { Listing } from "./listing";
import { Trouble } from "./trouble";

interface Props<Item> {
  of: Listing<Item>;
  empty: ComponentChildren;
  children: (items: readonly Item[]) => ComponentChildren;
}

export function ListView<Item>({ of, empty, children }: Props<Item>) {
  const items = of.items.value;
  return (
    <>
      <Trouble icon text={of.trouble.value} />
      {items === null && !of.trouble.value && <p class="muted">Loading…</p>}
      {items?.length === 0 && <div class="empty">{empty}</div>}
      {items && items.length > 0 && children(items)}
    </>
  );
}
