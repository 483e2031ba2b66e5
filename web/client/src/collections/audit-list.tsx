/** The history of a stream: who changed what and when, newest first. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Stream } from "../shared/api";
import { entryOf, type Change, type Entry } from "./audit";
import { edits, type Latest } from "./collections";
import { said } from "../shared/fault-texts";
import { dayTime, fullTime } from "../shared/format";
import { me } from "../app/session";
import { Trouble } from "../shared/trouble";

/** After so long, a state that was seen is on the record. */
const RECORDED_MS = 4000;

export function AuditList({ stream }: { stream: Stream }) {
  const latest = useSignal<Latest | null>(null);
  const trouble = useSignal<string | null>(null);
  const turn = useRef(0);
  const read = async (before?: number): Promise<void> => {
    const mine = ++turn.current;
    try {
      const found = await edits(stream.id, before);
      if (mine !== turn.current) return;
      const known = before === undefined ? [] : (latest.peek()?.items ?? []);
      latest.value = { items: [...known, ...found.items], older: found.older };
      trouble.value = null;
    } catch (error) {
      if (mine === turn.current) trouble.value = said(error);
    }
  };
  useEffect(() => {
    void read();
    const again = setTimeout(() => void read(), RECORDED_MS);
    return () => clearTimeout(again);
  }, [stream.changed_at, stream.placed_on, stream.status.state]);
  const known = latest.value;
  return (
    <section class="panel section" aria-labelledby="audit-title">
      <h3 id="audit-title">History</h3>
      <Trouble icon text={trouble.value} />
      {!known && !trouble.value && <p class="muted">Loading…</p>}
      <ol class="audit">
        {known?.items.map((each) => (
          <li key={`${each.at} ${each.generation} ${Object.keys(each.after).join()}`}>
            <Line entry={entryOf(each)} />
          </li>
        ))}
      </ol>
      {!!known?.older && <button onClick={() => void read(known.older)}>Show older changes</button>}
    </section>
  );
}

function Line({ entry: { at, by, deed, why, added, removed, changes } }: { entry: Entry }) {
  return (
    <>
      <p class="audit-head">
        <strong>{deed}</strong>
        <span class="muted">
          {" "}
          {by !== undefined && <>by {nameOf(by)}, </>}
          <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
            {dayTime(at)}
          </time>
        </span>
      </p>
      {why && <p>{why}</p>}
      <Terms verb="Added" sign="+" terms={added} />
      <Terms verb="Removed" sign="−" terms={removed} />
      {changes.length > 0 && (
        <ul class="changes">
          {changes.map((each) => (
            <li key={each.what}>
              <ChangeLine change={each} isNew={deed === "Created"} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Accounts other than one's own are known by number alone. */
const nameOf = (account: number | null): string =>
  account === null
    ? "Weir itself"
    : me.value?.id === account
      ? `@${me.value.handle}`
      : `account ${account}`;

function Terms({ verb, sign, terms }: { verb: string; sign: string; terms: readonly string[] }) {
  if (!terms.length) return null;
  return (
    <p class={`terms terms-${verb.toLowerCase()}`}>
      <span class="terms-verb">{verb}</span>{" "}
      {terms.map((term) => (
        <span key={term} class="term">
          <span aria-hidden="true">{sign}</span> {term}
        </span>
      ))}
    </p>
  );
}

function ChangeLine({ change: { what, before, after }, isNew }: { change: Change; isNew: boolean }) {
  return (
    <>
      <span class="muted">{what}:</span>{" "}
      {!isNew && (
        <>
          <del>
            <span class="hidden">from</span> {before}
          </del>{" "}
          <span aria-hidden="true">→</span> <span class="hidden">to</span>{" "}
        </>
      )}
      <ins>{after}</ins>
    </>
  );
}
