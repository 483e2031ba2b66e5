/** What was set for a collection: its folder, its times, its budget, its place and its files. */
import * as budget from "../streams/budget";
import { price } from "./collections";
import type { Stream } from "../shared/api";
import { DELETED } from "./audit";
import { wordsOf } from "../shared/taggers";
import { filesElsewhere } from "../streams/state-words";
import { dayTime } from "../shared/format";
import type { Plan } from "./plan";
import { zone } from "./schedule";
import { titlesOf } from "../shared/sources";

const PACKED = { none: "plain", gzip: "packed with gzip", zstd: "packed with zstd" };

export function PlanFacts({ stream }: { stream: Stream }) {
  const { plan, source, sources } = stream;
  const elsewhere = filesElsewhere(stream);
  const { capture, starts_at: starts, ends_at: ends } = plan;
  const facts: [string, string | null][] = [
    ["Collection", capture?.collection ?? "posts are not kept"],
    ["Platform", source === "client" ? "X, by a capture client" : titlesOf(sources)],
    ["Machine", elsewhere === null ? machineOf(plan.machine) : (stream.client ?? "its capture client’s")],
    ["Starts", starts === null ? "by hand" : dayTime(starts)],
    ["Ends", ends === null ? "by hand" : dayTime(ends)],
    ["Budget", budget.inWords(plan, price.value)],
    ["Labels besides sentiment", plan.taggers.map(wordsOf).join(", ") || null],
    ["Gaps", plan.backfill ? "filled afterwards by search" : null],
    ["Priority", String(plan.priority)],
    ["Deleted posts", capture && DELETED[capture.on_deletion]],
    ["Files", elsewhere ?? (capture && filesOf(capture))],
  ];
  return (
    <section class="panel section" aria-labelledby="facts-title">
      <h3 id="facts-title">Settings</h3>
      <dl class="facts">
        {facts.map(([what, value]) =>
          value === null ? null : (
            <>
              <dt key={`${what} name`}>{what}</dt>
              <dd key={what}>{value}</dd>
            </>
          ),
        )}
      </dl>
      <p class="muted small">Times are in your zone, {zone()}.</p>
    </section>
  );
}

function machineOf(name: string | null): string {
  return name === "any" ? "any that has room" : (name ?? "any without a name");
}

function filesOf(capture: NonNullable<Plan["capture"]>): string {
  const { minute_interval: minutes, compression, extension, filename_timefmt: times } = capture;
  const told = [
    minutes === null ? null : `a new one every ${minutes} min`,
    compression && PACKED[compression],
    times && `named with ${times}`,
    extension && `ending in ${extension}`,
  ].filter(Boolean);
  return told.join(", ") || "as the machine has it";
}
