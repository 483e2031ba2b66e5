/** The jobs that a capture client had. */
import { useSignal } from "@preact/signals";
import { jobsOf, type Client, type Job } from "./clients";
import { dayTime, posts } from "../shared/format";
import { said } from "../shared/fault-texts";
import { write } from "../app/route";

export function PastJobs({ client }: { client: Client }) {
  const jobs = useSignal<readonly Job[] | null>(null);
  const trouble = useSignal<string | null>(null);

  const read = async (isOpen: boolean): Promise<void> => {
    if (!isOpen) return;
    trouble.value = null;
    try {
      const all = await jobsOf(client.id);
      jobs.value = all.filter((job) => job.archived_at !== null);
    } catch (error) {
      trouble.value = said(error);
    }
  };

  return (
    <details class="past" onToggle={(event) => void read(event.currentTarget.open)}>
      <summary>Earlier jobs</summary>
      {trouble.value && <p class="trouble">{trouble.value}</p>}
      {jobs.value?.length === 0 && <p class="muted">None.</p>}
      <ul>
        {jobs.value?.map((job) => (
          <li key={job.number}>
            <a href={write({ view: "collection", stream: job.stream })}>{job.name}</a>{" "}
            <span class="muted">
              {dayTime(job.created_at)} – {job.archived_at !== null && dayTime(job.archived_at)}
              {job.total_count !== null && ` · ${posts(job.total_count)}`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
