/** Deletions: posts that must go, and what was done about each request. */
import { deletions, hasOlder, readOlder } from "./deletions";
import { usePoll } from "../shared/poll";
import { DeletionCard } from "./deletion-card";
import { DeletionForm } from "./deletion-form";
import { ListView } from "../shared/list-view";

const EVERY_MS = 2000;

export function Deletions() {
  usePoll(deletions.refresh, EVERY_MS);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Deletions</h2>
      <p class="lead">
        Permanently removes posts from your captures and dashboards when their author or the platform
        wants them deleted.
      </p>
      <div class="two">
        <DeletionForm />
        <section class="stack" aria-labelledby="deletions-title">
          <h3 id="deletions-title">What was asked</h3>
          <ListView of={deletions} empty={<p>No deletions yet.</p>}>
            {(items) => (
              <ul class="stack">
                {items.map((each) => (
                  <li key={each.id}>
                    <DeletionCard deletion={each} />
                  </li>
                ))}
              </ul>
            )}
          </ListView>
          {hasOlder.value && (
            <button type="button" onClick={readOlder}>
              Show older
            </button>
          )}
        </section>
      </div>
    </main>
  );
}
