/** The form of a deletion: which posts, why, what it reaches, and once more whether it is meant. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { EMPTY, announced, ask, bodyOf, deletions, idsOf, missing } from "./deletions";
import { useFocusBack } from "../shared/focus";
import { useForm } from "../shared/form";
import { count } from "../shared/format";
import { Choice } from "../shared/choice";
import { Field } from "../shared/field";
import { FormFault } from "../shared/form-fault";
import { Icon } from "../shared/icon";
import { LongField } from "../shared/long-field";

const HOW = [
  ["named", "Posts and authors that I list"],
  ["compliance", "Everything that X wants deleted"],
] as const;

export function DeletionForm() {
  const form = useForm("deletion", EMPTY, ["ids", "authors", "reason", "compliance"]);
  const asks = useSignal(false);
  const review = useFocusBack<HTMLButtonElement>(asks.value);
  const draft = form.draft.value;
  const faults = form.faults.value;
  const [posts, authors] = [idsOf(draft.ids).length, idsOf(draft.authors).length];

  const change: typeof form.change = (...what) => {
    asks.value = false;
    form.change(...what);
  };
  const submit = (): void => {
    const lack = missing(draft);
    if (lack) form.object(...lack);
    else asks.value = true;
  };
  const go = async (): Promise<void> => {
    await form.send(async () => {
      const asked = await ask(bodyOf(draft));
      deletions.change((known) => [asked, ...known]);
    });
    asks.value = false;
  };

  return (
    <form
      ref={form.element}
      class="panel section"
      noValidate
      aria-labelledby="deletion-title"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <h3 id="deletion-title">Delete posts</h3>
      <Choice
        label="Which"
        options={HOW}
        value={draft.how}
        onChoose={(how) => change({ how }, "ids", "authors")}
      />
      {draft.how === "named" ? (
        <>
          <LongField
            label="Posts"
            hint={`Ids or addresses of posts, one per line or separated by commas.${told(posts, "post")}`}
            rows={4}
            value={draft.ids}
            fault={faults["ids"]}
            onInput={(ids) => change({ ids })}
          />
          <LongField
            label="Authors"
            hint={`Account ids, not handles: all their posts until now are deleted.${told(authors, "author")}`}
            rows={2}
            value={draft.authors}
            fault={faults["authors"]}
            onInput={(typed) => change({ authors: typed }, "ids")}
          />
        </>
      ) : (
        <p class="hint">
          Every machine asks X, with a batch compliance job, which of its posts were deleted, protected
          or suspended, and deletes those here. This can take a while.
        </p>
      )}
      <Field
        label="Reason"
        hint="Recorded in the manifest of each file that changes."
        value={draft.reason}
        fault={faults["reason"]}
        onInput={(reason) => change({ reason })}
      />
      <Reach />
      <FormFault faults={faults} />
      {asks.value ? (
        <Confirm
          words={announced(draft)}
          busy={form.busy.value}
          go={() => void go()}
          cancel={() => (asks.value = false)}
        />
      ) : (
        <div class="form-buttons">
          <button ref={review} class="main" type="submit">
            Review
          </button>
        </div>
      )}
    </form>
  );
}

const told = (n: number, what: string): string =>
  n === 0 ? "" : ` ${count(n)} ${what}${n === 1 ? "" : "s"} so far.`;

function Reach() {
  return (
    <details class="reach" open>
      <summary>What this reaches</summary>
      <div class="pair">
        <div>
          <h4>Deleted</h4>
          <ul class="bullets">
            <li>the posts and their reposts: in your sealed files, also shipped ones, in uploads and in the files of agents</li>
            <li>copies of them inside other posts, such as quotes</li>
            <li>recent posts, at once, on open dashboards</li>
            <li>the same posts if they arrive again: Weir neither keeps nor shows them</li>
          </ul>
        </div>
        <div>
          <h4>Not deleted</h4>
          <ul class="bullets">
            <li>what was exported or downloaded before</li>
            <li>what the old capture client keeps on its machine: this page names the posts afterwards</li>
            <li>counts per minute, which contain no posts</li>
            <li>other people’s captures</li>
          </ul>
        </div>
      </div>
    </details>
  );
}

interface ConfirmProps {
  words: string;
  busy: boolean;
  go: () => void;
  cancel: () => void;
}

function Confirm({ words, busy, go, cancel }: ConfirmProps) {
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => group.current?.querySelector<HTMLElement>("button:last-child")?.focus(), []);
  return (
    <div
      ref={group}
      class="confirm"
      role="group"
      aria-label="Confirm the deletion"
      onKeyDown={(event) => event.key === "Escape" && cancel()}
    >
      <p>
        <Icon name="warn" /> <strong>{words}?</strong> This cannot be undone.
      </p>
      <div class="orders">
        <button type="button" class="danger" aria-busy={busy} onClick={go}>
          Yes, delete
        </button>
        <button type="button" onClick={cancel}>
          Cancel
        </button>
      </div>
    </div>
  );
}
