/** A list as the page shows it: loading, empty, failed, or its items. */
import type { ComponentChildren } from "preact";
import type { Listing } from "./listing";
import { Icon } from "./icon";

interface Props<Item> {
  of: Listing<Item>;
  empty: ComponentChildren;
  children: (items: readonly Item[]) => ComponentChildren;
}

export function ListView<Item>({ of, empty, children }: Props<Item>) {
  const items = of.items.value;
  return (
    <>
      {of.trouble.value && (
        <p class="trouble" role="alert">
          <Icon name="warn" /> {of.trouble.value}
        </p>
      )}
      {items === null && !of.trouble.value && <p class="muted">Loading…</p>}
      {items?.length === 0 && <div class="empty">{empty}</div>}
      {items && items.length > 0 && children(items)}
    </>
  );
}
