/** The archive: streams that were ended for good, with what they counted. */
import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { posts } from "../shared/format";
import { write } from "../app/route";
import { archived, readArchived } from "./streams";

export function Archive({ open }: { open: Signal<boolean> }) {
  const list = archived.value;
  useEffect(() => {
    if (open.value && list === null) void readArchived().catch(() => (archived.value = []));
  }, [open.value, list]);
  return (
    <details
      class="archive"
      open={open.value}
      onToggle={(event) => (open.value = event.currentTarget.open)}
    >
      <summary>Archive</summary>
      {list?.length === 0 && <p class="muted side-note">Nothing is archived.</p>}
      <ul>
        {list?.map((each) => (
          <li key={each.id}>
            <a href={write({ view: "collection", stream: each.id })}>{each.name}</a>{" "}
            <span class="muted">{posts(each.totals.posts)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
