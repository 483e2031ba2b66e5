/** The manifest of a sealed file: what matters of it in words, and all of it as it is written. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Filter, Gap } from "../shared/api";
import { manifest } from "./collections";
import { said } from "../shared/fault-texts";
import { count, dayTime, posts } from "../shared/format";
import { fillOf, reasonOf } from "../streams/gap-words";
import { Icon } from "../shared/icon";
import { titlesOf } from "../shared/sources";

interface Told {
  sha256?: string;
  count?: number;
  not_json?: number;
  edits?: number;
  first_id?: string | null;
  last_id?: string | null;
  tool?: string | null;
  rebuilt?: string | null;
  filters?: { generation: number; filter: Partial<Filter>; from: string; to: string | null }[];
  gaps?: { from: string; to: string | null; reason: string; source?: string }[];
  doubts?: { from: string; to: string | null }[];
  backfilled?: number;
  backfills?: (Pick<Gap, "state" | "posts" | "missing"> & { from: string; to: string })[];
  redactions?: { at: string; reason: string; count: number; action?: "redact" | "mark" }[];
}

export function Manifest({ stream, segment }: { stream: string; segment: number }) {
  const found = useSignal<Record<string, unknown> | null>(null);
  const trouble = useSignal<string | null>(null);
  useEffect(() => {
    manifest(stream, segment).then(
      (told) => (found.value = told),
      (error: unknown) => (trouble.value = said(error)),
    );
  }, []);
  if (trouble.value) {
    return (
      <p class="trouble" role="alert">
        <Icon name="warn" /> {trouble.value}
      </p>
    );
  }
  if (!found.value) return <p class="muted">Loading…</p>;
  return (
    <div class="manifest">
      <Facts told={found.value as Told} />
      <details>
        <summary>The whole manifest</summary>
        <pre tabIndex={0} aria-label="Manifest as JSON">
          {JSON.stringify(found.value, null, 2)}
        </pre>
      </details>
    </div>
  );
}

function Facts({ told }: { told: Told }) {
  const { filters = [], gaps = [], doubts = [], backfills = [], redactions = [] } = told;
  return (
    <dl class="facts">
      <dt>SHA-256</dt>
      <dd>
        <code>{told.sha256}</code>
      </dd>
      <dt>Lines</dt>
      <dd>
        {count(told.count ?? 0)}
        {!!told.not_json && `, ${count(told.not_json)} of them no JSON`}
        {!!told.edits && `: ${posts(postsIn(told))} and ${count(told.edits)} later versions of posts`}
      </dd>
      <dt>First and last post</dt>
      <dd>{told.first_id ? `${told.first_id} – ${told.last_id}` : "none"}</dd>
      <dt>Filters</dt>
      <dd>
        {filters.map((each) => (
          <p key={each.generation}>
            {filterWords(each.filter)}, from {time(each.from)}
            {each.to && ` to ${time(each.to)}`}
          </p>
        ))}
      </dd>
      <dt>Gaps</dt>
      <dd>
        {gaps.length ? null : "none"}
        {gaps.map((each) => (
          <p key={`${each.from} ${each.source ?? ""}`}>
            {time(each.from)} – {each.to ? time(each.to) : "the end"}.{" "}
            {each.source && `${titlesOf([each.source])}: `}
            {reasonOf(each.reason, each.source ? titlesOf([each.source]) : undefined)}
          </p>
        ))}
      </dd>
      {doubts.length > 0 && (
        <>
          <dt>Doubts</dt>
          <dd>
            {doubts.map((each) => (
              <p key={each.from}>
                {time(each.from)} – {each.to ? time(each.to) : "the end"}. {reasonOf("almost_silent")}
              </p>
            ))}
          </dd>
        </>
      )}
      {(backfills.length > 0 || !!told.backfilled) && (
        <>
          <dt>Backfilled</dt>
          <dd>
            <p>{posts(told.backfilled ?? 0)} of this file were fetched after a gap.</p>
            {backfills.map((each) => (
              <p key={each.from}>
                {time(each.from)} – {time(each.to)}. {fillOf(each)}
              </p>
            ))}
          </dd>
        </>
      )}
      {redactions.length > 0 && (
        <>
          <dt>Deleted</dt>
          <dd>
            {redactions.map((each) => (
              <p key={each.at}>
                {count(each.count)} {each.action === "mark" ? "marked" : "taken out"} on {time(each.at)}
                {each.reason && `: ${each.reason}`}
              </p>
            ))}
          </dd>
        </>
      )}
      {told.rebuilt && (
        <>
          <dt>Rebuilt</dt>
          <dd>{told.rebuilt}</dd>
        </>
      )}
      <dt>Written by</dt>
      <dd>{told.tool ?? "unknown"}</dd>
    </dl>
  );
}

/** The lines that are posts, each once. */
const postsIn = ({ count: lines = 0, not_json = 0, edits = 0 }: Told): number => lines - not_json - edits;

const time = (iso: string): string => dayTime(Date.parse(iso));

function filterWords({ word, keywords = [], languages = [], place }: Partial<Filter>): string {
  const terms = [word, ...keywords].filter(Boolean).join(" or ");
  const where = place ? ` in ${place.name}` : "";
  return `${terms || "anything"}${where}${languages.length ? ` (${languages.join(", ")})` : ""}`;
}
