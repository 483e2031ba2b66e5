/** A pager: where one is in a long list that begins with the newest, and the ways through it. */
import { count } from "./format";

interface Props {
  what: string;
  offset: number;
  /** How many a page holds. */
  size: number;
  total: number;
  go: (offset: number) => void;
}

export function Pager({ what, offset, size, total, go }: Props) {
  if (total <= size) return <p class="panel-note">{total ? `${count(total)} in all` : ""}</p>;
  const last = Math.floor((total - 1) / size) * size;
  const end = Math.min(total, offset + size);
  const way = (name: string, to: number) => (
    <button aria-disabled={to === offset} onClick={() => to !== offset && go(to)}>
      {name}
    </button>
  );
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      {way("Newest", 0)}
      {way("Newer", Math.max(0, offset - size))}
      <span aria-live="polite">
        {count(offset + 1)}–{count(end)} of {count(total)}
      </span>
      {way("Older", Math.min(last, offset + size))}
      {way("Oldest", last)}
    </nav>
  );
}
