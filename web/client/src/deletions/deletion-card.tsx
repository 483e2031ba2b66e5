/** A deletion: how far it is, machine by machine, and what was taken out of where. */
import { useSignal } from "@preact/signals";
import {
  details,
  named,
  outcome,
  type ByHand,
  type Deletion,
  type DeletionDetails,
  type MachineWork,
  type Taken,
} from "./deletions";
import { said } from "../shared/fault-texts";
import { count } from "../shared/format";
import { usePoll } from "../shared/poll";
import { RelativeTime } from "../shared/relative-time";
import { Icon } from "../shared/icon";
import { StatusBadge } from "../shared/status-badge";

const STATES = {
  asking: ["wait", "Asking X…"],
  working: ["wait", "Working…"],
  done: ["good", "Done"],
} as const;

export function DeletionCard({ deletion }: { deletion: Deletion }) {
  const open = useSignal(false);
  const { state, reason, asked_at, parent, machines } = deletion;
  const [kind, words] = STATES[state];
  const isThrough = machines.filter((each) => each.done_at !== null).length;
  return (
    <article class="panel tile" aria-label={named(deletion)}>
      <div class="tile-head">
        <h4>{named(deletion)}</h4>
        <StatusBadge kind={kind} words={words} />
      </div>
      <p class="muted small">
        {deletion.by_platform ? "announced" : "asked"} <RelativeTime at={asked_at} /> · {reason}
        {parent && " · X said so"}
      </p>
      {machines.length > 0 && state !== "done" && (
        <progress
          max={machines.length}
          value={isThrough}
          aria-label={`Machines done with ${named(deletion)}`}
        />
      )}
      {machines
        .filter((each) => each.trouble !== null && each.done_at === null)
        .map((each) => (
          <p key={each.machine} class="trouble">
            <Icon name="warn" /> {each.machine}: {each.trouble}. It tries again.
          </p>
        ))}
      <p class="small">{outcome(deletion)}</p>
      <details
        class="small"
        open={open.value}
        onToggle={(event) => (open.value = event.currentTarget.open)}
      >
        <summary>Machine by machine</summary>
        {open.value && <Details deletion={deletion} />}
      </details>
    </article>
  );
}

const EVERY_MS = 2000;
const DONE_EVERY_MS = 60_000;

function Details({ deletion }: { deletion: Deletion }) {
  const read = useSignal<DeletionDetails | null>(null);
  const trouble = useSignal<string | null>(null);
  usePoll(
    async () => {
      try {
        read.value = await details(deletion.id);
        trouble.value = null;
      } catch (error) {
        trouble.value = said(error);
      }
    },
    deletion.state === "done" && read.value?.state === "done" ? DONE_EVERY_MS : EVERY_MS,
  );
  if (trouble.value) return <p class="trouble">{trouble.value}</p>;
  if (!read.value) return <p class="muted">Loading…</p>;
  const { machines, segments, not_found, by_hand } = read.value;
  const isDone = read.value.state === "done"; // before, nothing is known of what is not found
  return (
    <div class="stack">
      {machines.length === 0 && <p class="muted">No machine holds any files to search.</p>}
      <ul class="bullets">
        {machines.map((each) => (
          <li key={each.machine}>
            <strong>{each.machine}</strong> {progressOf(each)}
            {each.done_at !== null && (
              <>
                {" "}
                <RelativeTime at={each.done_at} />
              </>
            )}
          </li>
        ))}
      </ul>
      {segments.length > 0 && <TakenTable segments={segments} />}
      {isDone && segments.length === 0 && <p>No sealed file held any of it.</p>}
      {isDone && not_found.length > 0 && (
        <p>
          In no capture: <code>{not_found.join(", ")}</code>
        </p>
      )}
      {by_hand && <Rest by_hand={by_hand} />}
    </div>
  );
}

function Rest({ by_hand: { clients, ids, authors } }: { by_hand: ByHand }) {
  return (
    <section class="stack" aria-label="To delete by hand">
      <p>
        <strong>To delete by hand:</strong> Weir cannot delete from these capture clients.
      </p>
      <ul class="bullets">
        {clients.map(({ client, name, collections }) => (
          <li key={client}>
            {name}, in {collections.join(", ")}
          </li>
        ))}
      </ul>
      {ids.length > 0 && (
        <p>
          Posts: <code>{ids.join(", ")}</code>
        </p>
      )}
      {authors.length > 0 && (
        <p>
          All posts of: <code>{authors.join(", ")}</code>
        </p>
      )}
    </section>
  );
}

function progressOf({ done_at, looked, trouble }: MachineWork): string {
  const files = `${count(looked)} ${looked === 1 ? "file" : "files"}`;
  if (done_at !== null) return `looked through ${files}, done`;
  if (trouble !== null) return `looked through ${files}, and has to try again: ${trouble}`;
  return looked > 0 ? `looked through ${files} so far` : "has not begun; it may be away";
}

function TakenTable({ segments }: { segments: readonly Taken[] }) {
  return (
    <div class="table" tabIndex={0} role="group" aria-label="What was taken out">
      <table>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Machine</th>
            <th scope="col">Lines</th>
            <th scope="col">Copies</th>
          </tr>
        </thead>
        <tbody>
          {segments.map((each) => (
            <tr key={`${each.machine} ${each.collection} ${each.file}`}>
              <td>
                {each.collection}/{each.file}
              </td>
              <td>{each.machine}</td>
              <td>{count(each.lines)}</td>
              <td>{count(each.copies)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
