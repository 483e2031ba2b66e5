/** A capture client: when it called last, its job, those that it had, and its end. */
import { useSignal } from "@preact/signals";
import { CLIENT_WORDS, clients, revoke, runs, silence, type Client } from "./clients";
import { useFocusBack } from "../shared/focus";
import { dayTime } from "../shared/format";
import { RelativeTime } from "../shared/relative-time";
import { ConfirmButton } from "../shared/confirm-button";
import { Icon } from "../shared/icon";
import { JobForm } from "./job-form";
import { JobPanel } from "./job-panel";
import { PastJobs } from "./past-jobs";
import { StatusBadge } from "../shared/status-badge";
import { Trouble } from "../shared/trouble";

const SIGNS = { never: "none", connected: "good", late: "wait", disconnected: "bad" } as const;

export function ClientCard({ client }: { client: Client }) {
  const makes = useSignal(false);
  const maker = useFocusBack<HTMLButtonElement>(makes.value);
  const { name, state, seen_at, created_at, job } = client;
  const trouble = clients.refused.value[client.id];
  const concern = silence(client);
  return (
    <article class="panel tile" aria-label={name}>
      <div class="tile-head">
        <h3>{name}</h3>
        <StatusBadge kind={SIGNS[state]} words={CLIENT_WORDS[state]} />
      </div>
      <p class="muted small">
        {seen_at === null ? (
          <>Made {dayTime(created_at)}</>
        ) : (
          <>
            Last call <RelativeTime at={seen_at} /> · made {dayTime(created_at)}
          </>
        )}
      </p>
      <Trouble icon text={trouble} />
      {concern && (
        <p class="concern">
          <Icon name="warn" /> {concern}
        </p>
      )}
      {job && <JobPanel client={client} job={job} />}
      {!job && makes.value && (
        <JobForm client={client} job={null} close={() => (makes.value = false)} />
      )}
      {!job && !makes.value && (
        <div class="no-job">
          <p class="muted">It has no job.</p>
          <button
            ref={maker}
            type="button"
            aria-label={`Give ${name} a job`}
            onClick={() => (makes.value = true)}
          >
            <Icon name="add" /> Give it a job
          </button>
        </div>
      )}
      <div class="tile-foot">
        <PastJobs client={client} />
        <ConfirmButton
          quiet
          name={`Revoke ${name}`}
          question={
            job && runs(job)
              ? "Weir asks its job to stop, and its token stops working."
              : "Its token stops working."
          }
          yes="Yes, revoke"
          order={() => void revoke(client)}
        >
          <Icon name="x" /> Revoke
        </ConfirmButton>
      </div>
    </article>
  );
}
