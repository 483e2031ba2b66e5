/** The capture clients, what each of them captures, and the tokens of other programs. */
import { clients } from "./clients";
import { usePoll } from "../shared/poll";
import { ClientCard } from "./client-card";
import { ListView } from "../shared/list-view";
import { NewClient } from "./new-client";
import { InstancesPanel } from "../account/instances-panel";
import { Quotas } from "../account/quotas-panel";
import { Sessions } from "../account/sessions-panel";
import { Tokens } from "../account/tokens-page";

const EVERY_MS = 3000;

export function Clients() {
  usePoll(clients.refresh, EVERY_MS);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Capture clients</h2>
      <p class="lead">
        Programs on other machines that capture for you. Each takes its jobs from this server, connects
        to X with its own app, and writes to its own disk.
      </p>
      <NewClient />
      <ListView
        of={clients}
        empty={
          <p>
            No clients yet. Add one above: it gets a token and a settings file, and connects as soon as
            you start it on its machine. Then give it a job.
          </p>
        }
      >
        {(items) => (
          <ul class="tiles wide-tiles">
            {items.map((each) => (
              <li key={each.id}>
                <ClientCard client={each} />
              </li>
            ))}
          </ul>
        )}
      </ListView>
      <Tokens />
      <InstancesPanel />
      <Sessions />
      <Quotas />
    </main>
  );
}
