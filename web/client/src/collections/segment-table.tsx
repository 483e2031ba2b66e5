/** The sealed files of a collection, newest first, a page at a time. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Page, Stream } from "../shared/api";
import { dataUrl, segments, type Segment } from "./collections";
import { said } from "../shared/fault-texts";
import { bytes, count, dayTime, fullTime, minute } from "../shared/format";
import { usePoll } from "../shared/poll";
import { Icon } from "../shared/icon";
import { Manifest } from "./manifest";
import { Pager } from "../shared/pager";

const SHOWN = 12;
const REFRESH_MS = 5000;

interface Props {
  stream: Stream;
  /** Told once it is known how long the table is. */
  onRead: () => void;
}

export function SegmentTable({ stream, onRead }: Props) {
  const offset = useSignal(0);
  const page = useSignal<Page<Segment> | null>(null);
  const trouble = useSignal<string | null>(null);
  const open = useSignal<number | null>(null);
  const read = async (): Promise<void> => {
    const at = offset.peek();
    try {
      const found = await segments(stream.id, at, SHOWN);
      if (at !== offset.peek()) return;
      page.value = found;
      trouble.value = null;
    } catch (error) {
      trouble.value = said(error);
    }
    onRead();
  };
  usePoll(read, REFRESH_MS);
  useEffect(() => void read(), [offset.value, stream.status.state]);
  const items = page.value?.items;
  return (
    <section class="panel files-panel" aria-labelledby="segments-title">
      <header class="panel-head">
        <h3 id="segments-title">Sealed files</h3>
        <Pager
          what="sealed files"
          offset={offset.value}
          size={SHOWN}
          total={page.value?.total ?? 0}
          go={(to) => (offset.value = to)}
        />
      </header>
      {trouble.value && (
        <p class="trouble in-panel" role="alert">
          <Icon name="warn" /> {trouble.value}
        </p>
      )}
      {!items && <p class="muted in-panel">Loading…</p>}
      {items?.length === 0 && (
        <p class="muted in-panel">
          No sealed files yet. Weir seals a file when its interval ends, and when the collection stops.
        </p>
      )}
      {!!items?.length && (
        <div class="scrolls" role="group" aria-label="Table of sealed files" tabIndex={0}>
          <table class="files">
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col" class="number">
                  Posts
                </th>
                <th scope="col" class="number">
                  Size
                </th>
                <th scope="col">Received</th>
                <th scope="col" class="wide-cell">
                  Sealed
                </th>
                <th scope="col" class="wide-cell">
                  Machine
                </th>
                <th scope="col" class="number wide-cell">
                  Gaps
                </th>
                <th scope="col">
                  <span class="hidden">What to do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((each) => (
                <Row
                  key={each.id}
                  stream={stream.id}
                  segment={each}
                  isOpen={open.value === each.id}
                  toggle={() => (open.value = open.value === each.id ? null : each.id)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface RowProps {
  stream: string;
  segment: Segment;
  isOpen: boolean;
  toggle: () => void;
}

function Row({ stream, segment, isOpen, toggle }: RowProps) {
  const { id, file, posts, first_at, last_at, sealed_at, machine, gaps } = segment;
  const panel = `manifest-${id}`;
  return (
    <>
      <tr>
        <th scope="row" class="file">
          {file}
        </th>
        <td class="number" data-what="Posts">{count(posts)}</td>
        <td class="number" data-what="Size">{bytes(segment.bytes)}</td>
        <td data-what="Received">{span(first_at, last_at)}</td>
        <td class="wide-cell" title={fullTime(sealed_at)}>
          {dayTime(sealed_at)}
        </td>
        <td class="wide-cell">{machine}</td>
        <td class="number wide-cell">{count(gaps)}</td>
        <td>
          <div class="file-orders">
            <button
              aria-expanded={isOpen}
              aria-controls={isOpen ? panel : undefined}
              aria-label={`Manifest of ${file}`}
              onClick={toggle}
            >
              Manifest
            </button>
            <Download stream={stream} segment={segment} />
          </div>
        </td>
      </tr>
      {isOpen && (
        <tr class="manifest-row" id={panel}>
          <td colSpan={8}>
            <Manifest stream={stream} segment={id} />
          </td>
        </tr>
      )}
    </>
  );
}

function Download({ stream, segment }: { stream: string; segment: Segment }) {
  const { id, file } = segment;
  if (segment.here) {
    return (
      <a class="button" href={dataUrl(stream, id)} download={file} aria-label={`Download ${file}`}>
        <Icon name="down" /> Download
      </a>
    );
  }
  return <span class="muted elsewhere">{whereabouts(segment)}</span>;
}

function whereabouts({ state, shipped_to, machine }: Segment): string {
  if (state === "shipped") return `Shipped to ${shipped_to}`;
  if (state === "missing") return `Missing: ${machine} does not find it`;
  return state === "shipping" ? `On ${machine}, waiting to be shipped` : `Elsewhere: on ${machine}`;
}

/** From the first to the last post: "22 Nov, 04:00 – 04:10". */
function span(first: string | null, last: string | null): string {
  if (!first || !last) return "no posts";
  const [from, to] = [Date.parse(first), Date.parse(last)];
  if (dayTime(from) === dayTime(to)) return dayTime(from);
  const isSameDay = new Date(from).toDateString() === new Date(to).toDateString();
  return `${dayTime(from)} – ${isSameDay ? minute(to) : dayTime(to)}`;
}
