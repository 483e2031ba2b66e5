/** Replays: recordings that stream again. */
import { useEffect } from "preact/hooks";
import { usePoll } from "../shared/poll";
import { files, isReplay } from "./replays";
import { readArchived, refresh, streams } from "../streams/streams";
import { ReplayCard } from "./replay-card";
import { ReplayForm } from "./replay-form";
import { Uploads } from "./uploads";

const EVERY_MS = 2000;
const FILES_EVERY_MS = 30_000;

export function Replays() {
  usePoll(refresh, EVERY_MS);
  usePoll(files.refresh, FILES_EVERY_MS);
  useEffect(() => void readArchived().catch(() => undefined), []);
  const list = streams.value?.filter(isReplay);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Replays</h2>
      <p class="lead">
        A recording streams again, as it was or faster, to the dashboard and, if you like, into a new
        collection. It costs nothing.
      </p>
      <div class="two">
        <div class="stack">
          <Uploads />
          <ReplayForm />
        </div>
        <section class="stack" aria-labelledby="replays-title">
          <h3 id="replays-title">Your replays</h3>
          {!list && <p class="muted">Loading…</p>}
          {list?.length === 0 && (
            <div class="empty">
              <p>
                No replays yet. Upload a recording, or choose a collection that you captured, and press
                Play: the replay and its progress appear here.
              </p>
            </div>
          )}
          <ul class="stack">
            {list?.map((each) => (
              <li key={each.id}>
                <ReplayCard stream={each} />
              </li>
            ))}
          </ul>
        </section>
      </div>
    </main>
  );
}
