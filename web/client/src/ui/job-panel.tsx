/** The job of a capture client: what it looks for, how it fares, and what may be done with it. */
import { useSignal } from "@preact/signals";
import { JOB_WORDS, archive, keywordsOf, runs, start, stop, type Client, type Job } from "../clients";
import { useFocusBack } from "../focus";
import { box, count, dayTime, rate } from "../format";
import { write } from "../route";
import { AskFirst } from "./ask-first";
import { Icon } from "./icon";
import { JobForm } from "./job-form";
import { Sign, type SignKind } from "./sign";

const SIGNS: Record<Job["status"], SignKind> = {
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
        <Sign kind={SIGNS[job.status]} words={JOB_WORDS[job.status]} />
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
        <AskFirst
          question="End this job for good?"
          yes="Yes, archive"
          order={() => void archive(client, job)}
        >
          <Icon name="archive" /> Archive
        </AskFirst>
      </div>
    </section>
  );
}

function Keywords({ text }: { text: string }) {
  const parts = keywordsOf(text);
  if (parts.length === 0) return <p class="muted small">No keywords: it asks for a sample of all posts.</p>;
  return (
    <ul class="words" aria-label="Keywords">
      {parts.map((part, at) => (
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
    </ul>
  );
}
