/** A dry run: a minute's sample of what a filter would bring, its pace, its price and its rules. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import * as api from "../shared/api";
import { ApiError, type Trial } from "../shared/api";
import { filterOf, type Draft } from "./stream-draft";
import { sentence, type Faults } from "../shared/fault-texts";
import { count, money, rate } from "../shared/format";
import { Icon } from "../shared/icon";
import { trialNote } from "../shared/sources";
import { PostCard } from "../live/post-card";
import { faultsOf, isRefusal } from "./stream-faults";

const POLL_MS = 700;
const SHOWN = 12;

export interface TrialRun {
  begin: () => void;
  isBusy: boolean;
  result: Trial | null;
  warnings: readonly string[];
  /** Whether the filter, as it is typed now, was refused: a stream with it could only fail. */
  isRefused: boolean;
}

export function useTrial(draft: Signal<Draft>, faults: Signal<Faults>): TrialRun {
  const result = useSignal<Trial | null>(null);
  const warnings = useSignal<readonly string[]>([]);
  const refused = useSignal<string | null>(null);
  const turn = useRef(0);
  useEffect(() => () => void turn.current++, []);

  const run = async (): Promise<void> => {
    const mine = ++turn.current;
    faults.value = {};
    result.value = { state: "running" };
    const tried = filterOf(draft.peek());
    const refuse = (error: unknown): void => {
      faults.value = faultsOf(error);
      if (isRefusal(error)) refused.value = JSON.stringify(tried);
    };
    try {
      const begun = await api.tryFilter(tried);
      const { id } = begun;
      warnings.value = begun.warnings;
      while (mine === turn.current && result.value.state === "running") {
        const now = await api.trial(id);
        if (mine !== turn.current) return;
        result.value = now;
        if (now.state === "failed") refuse(failure(now));
        if (now.state === "running") await pause(POLL_MS);
      }
    } catch (error) {
      if (mine !== turn.current) return;
      result.value = null;
      refuse(error);
    }
  };
  return {
    begin: () => void run(),
    isBusy: result.value?.state === "running",
    result: result.value,
    warnings: warnings.value,
    isRefused: refused.value === JSON.stringify(filterOf(draft.value)),
  };
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function failure({ error }: Trial): ApiError {
  const told = typeof error === "string" ? { message: error } : error;
  return new ApiError(422, told?.code ?? "trial_failed", told?.message ?? "The trial failed.", told?.field);
}

interface TrialProps {
  trial: TrialRun;
  /** What the stream is to follow. */
  sources: readonly string[];
}

export function TrialPanel({ trial: { result, warnings }, sources }: TrialProps) {
  const untried = trialNote(sources);
  if (!result || result.state === "failed") return null;
  const posts = result.posts ?? [];
  const isDone = result.state === "done";
  return (
    <section class="panel trial" aria-labelledby="trial-title" aria-busy={result.state === "running"}>
      <div class="panel-head">
        <h3 id="trial-title">What it would bring</h3>
        {result.state === "running" && <p class="panel-note">collecting a sample…</p>}
      </div>
      {result.state === "running" && <div class="progress" aria-hidden="true" />}
      <dl class="figures">
        <div>
          <dt>Expected rate</dt>
          <dd>{isDone ? rate(result.rate_per_s ?? 0) : "…"}</dd>
        </div>
        <div>
          <dt>Cost a day at X’s price</dt>
          <dd>{isDone ? money(result.cost_per_day_usd ?? 0) : "…"}</dd>
        </div>
        <div>
          <dt>Sample</dt>
          <dd>{count(posts.length)}</dd>
        </div>
      </dl>
      {untried && <p class="hint">{untried}</p>}
      {result.note && <p class="hint">{result.note}</p>}
      {warnings.map((warning) => (
        <p key={warning} class="hint">
          {sentence(warning)}
        </p>
      ))}
      {result.rules && result.rules.length > 0 && (
        <details class="rules" open>
          <summary>The exact rules</summary>
          {result.rules.map((rule) => (
            <code key={rule}>{rule}</code>
          ))}
        </details>
      )}
      {isDone && posts.length === 0 && (
        <p class="nothing">
          <Icon name="search" /> Nothing matched just now. A wider place or more words may help.
        </p>
      )}
      <ol class="sample">
        {posts.slice(0, SHOWN).map((post) => (
          <li key={post.id}>
            <PostCard post={post} />
          </li>
        ))}
      </ol>
    </section>
  );
}
