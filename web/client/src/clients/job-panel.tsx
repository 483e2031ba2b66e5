/** The job of a capture client: what it looks for, how it fares, and what may be done with it. */
import { useSignal } from "@preact/signals";
import { JOB_WORDS, archive, keywordsOf, runs, start, stop, type Client, type Job } from "./clients";
import { useFocusBack } from "../shared/focus";
import { box, count, dayTime, rate } from "../shared/format";
import { write } from "../app/route";
import { ConfirmButton } from "../shared/confirm-button";
import { Icon } from "../shared/icon";
import { JobForm } from "./job-form";
import { StatusBadge, type BadgeKind } from "../shared/status-badge";

const SIGNS: Record<Job["status"], BadgeKind> = {
  0: "none",
  1: "none",
  2: "wait",
  3: "good",
  4: "wait",
  5: "none",
};

interface Props {
  client: Client;
  job: Job;
}

export function JobPanel({ client, job }: Props) {
  const edits = useSignal(false);
  const editor = useFocusBack<HTMLButtonElement>(edits.value);
  if (edits.value) return <JobForm client={client} job={job} close={() => (edits.value = false)} />;
  return (
    <section class="job" aria-label={`Job ${job.name}`}>
      <div class="tile-head">
        <h4>
          <a href={write({ view: "collection", stream: job.stream })}>{job.name}</a>
        </h4>
        <StatusBadge kind={SIGNS[job.status]} words={JOB_WORDS[job.status]} />
      </div>
      {job.description && <p class="job-words">{job.description}</p>}
      <Keywords text={job.keywords} />
      <dl class="figures">
        <div>
          <dt>Posts</dt>
          <dd>{job.total_count === null ? "–" : count(job.total_count)}</dd>
        </div>
        <div>
          <dt>Rate</dt>
          <dd>{job.status === 3 && job.rate !== null ? rate(job.rate) : "–"}</dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>{dayTime(job.created_at)}</dd>
        </div>
      </dl>
      <div class="orders">
        {runs(job) ? (
          <button type="button" class="main" onClick={() => void stop(client, job)}>
            <Icon name="stop" /> Stop
          </button>
        ) : (
          <button type="button" class="main" onClick={() => void start(client, job)}>
            <Icon name="play" /> Start
          </button>
        )}
        <button ref={editor} type="button" onClick={() => (edits.value = true)}>
          <Icon name="edit" /> Edit
        </button>
        <ConfirmButton
          question="End this job for good?"
          yes="Yes, archive"
          order={() => void archive(client, job)}
        >
          <Icon name="archive" /> Archive
        </ConfirmButton>
      </div>
    </section>
  );
}

const SHOWN = 12;

function Keywords({ text }: { text: string }) {
  const all = useSignal(false);
  const parts = keywordsOf(text);
  if (parts.length === 0) {
    return <p class="muted small">No keywords: it asks for a sample of all posts.</p>;
  }
  const shown = all.value ? parts : parts.slice(0, SHOWN);
  return (
    <ul class="words" aria-label="Keywords">
      {shown.map((part, at) => (
        <li key={at}>
          {"word" in part ? (
            part.word
          ) : (
            <>
              <Icon name="globe" /> {box(part.box)}
            </>
          )}
        </li>
      ))}
      {parts.length > SHOWN && (
        <li class="words-more">
          <button type="button" class="chip-button" onClick={() => (all.value = !all.value)}>
            {all.value ? "Fewer" : `${parts.length - SHOWN} more`}
          </button>
        </li>
      )}
    </ul>
  );
}
