/** The machines that run collectors. */
import { count } from "../shared/format";
import { MACHINE_WORDS, machines, slotWords, streamsOn, type Machine } from "./machines";
import { usePoll } from "../shared/poll";
import { streams } from "../streams/streams";
import { RelativeTime } from "../shared/relative-time";
import { DiskMeter } from "./disk-meter";
import { Icon } from "../shared/icon";
import { JoinMachine } from "./join-machine";
import { ListView } from "../shared/list-view";
import { PlacedStreams } from "./placed-streams";
import { StatusBadge } from "../shared/status-badge";

const EVERY_MS = 3000;
const SIGNS = { connected: "good", late: "wait", disconnected: "bad" } as const;

export function Machines() {
  usePoll(machines.refresh, EVERY_MS);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Machines</h2>
      <p class="lead">
        Machines that run collectors. Each connects to the source, receives posts, and keeps captures on
        its own disk.
      </p>
      <ListView
        of={machines}
        empty={
          <p>
            No collector has ever called. <code>bin/run</code> starts one beside this server; is it
            running?
          </p>
        }
      >
        {(items) => (
          <ul class="tiles">
            {items.map((each) => (
              <li key={each.name}>
                <MachineCard machine={each} />
              </li>
            ))}
          </ul>
        )}
      </ListView>
      <JoinMachine />
    </main>
  );
}

function MachineCard({ machine }: { machine: Machine }) {
  const { name, state, version, seen_at, slots, slots_free } = machine;
  return (
    <article class="panel tile" aria-label={name}>
      <div class="tile-head">
        <h3>{name}</h3>
        <StatusBadge kind={SIGNS[state]} words={MACHINE_WORDS[state]} />
      </div>
      <dl class="facts">
        <dt>Last heartbeat</dt>
        <dd>
          <RelativeTime at={seen_at} />
        </dd>
        <dt>Version</dt>
        <dd>{version || "unknown"}</dd>
        <dt>Connection</dt>
        <dd>{slotWords(machine)}</dd>
        <dt>Capacity</dt>
        <dd>
          {count(slots_free)} more streams, {count(slots)} in all
        </dd>
      </dl>
      <DiskMeter machine={machine} />
      <Shipping machine={machine} />
      <PlacedStreams machine={machine} streams={streamsOn(machine, streams.value ?? [])} />
    </article>
  );
}

function Shipping({ machine: { ships_to, ship_waiting, ship_faults } }: { machine: Machine }) {
  if (!ships_to) return null;
  return (
    <div class="small">
      <p>
        Sealed files go to <code>{ships_to}</code>
        {ship_waiting > 0 && `; ${ship_waiting} wait`}
      </p>
      {ship_faults.map((fault) => (
        <p key={fault} class="trouble">
          <Icon name="warn" /> {fault}
        </p>
      ))}
    </div>
  );
}
