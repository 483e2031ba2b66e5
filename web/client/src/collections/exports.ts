/** Exports: files of a collection's posts that the server makes, and that stay for some days. */
import { at, call } from "../shared/api";
import { SPEEDS, type Speed } from "../shared/labels";
import { localFault, momentOf } from "../shared/local-time";

export interface ExportedFile {
  id: string;
  file: string;
  format: string;
  for_excel: boolean;
  state: "queued" | "running" | "done" | "failed";
  created_at: number;
  expires_at: number;
  posts_read: number;
  posts_total: number;
  posts: number;
  bytes: number;
  fault: string | null;
}

export const FORMATS = [
  ["csv", "CSV, as it is: for programs"],
  ["excel", "CSV for Excel: ids survive, no cell runs as a formula"],
  ["xlsx", "Excel workbook (.xlsx)"],
  ["parquet", "Parquet: typed columns"],
  ["ndjson", "JSON lines"],
  ["ids", "Ids only"],
  ["graphml", "GraphML: mentions, replies and hashtags"],
  ["gexf", "GEXF, for Gephi"],
] as const;

/** What was typed; lists are separated by commas or blanks, times as a `datetime-local` field has them. */
export interface ExportDraft {
  format: string;
  columns: string;
  languages: string;
  labels: readonly string[];
  since: string;
  until: string;
  sample: string;
  seed: string;
  /** What gives the labels: `fast` or `accurate` when the file is made, or the name of a set. */
  source: string;
}

export const EMPTY: ExportDraft = {
  format: "csv",
  columns: "",
  languages: "",
  labels: [],
  since: "",
  until: "",
  sample: "",
  seed: "0",
  source: "fast",
};

const listOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
const isWhole = (text: string, least: number): boolean =>
  /^\d{1,15}$/.test(text.trim()) && Number(text) >= least;

const isSpeed = (source: string): boolean => SPEEDS.some((speed) => speed === source);

export const hasColumns = (format: string): boolean =>
  !["ids", "graphml", "gexf"].includes(format);

/** What is wrong before anything is sent: a field, and what to do there. */
export function missing(draft: ExportDraft): [string, string] | null {
  for (const field of ["since", "until"] as const) {
    const fault = draft[field] && localFault(draft[field]);
    if (fault) return [field, fault];
  }
  if (draft.sample.trim() && !isWhole(draft.sample, 1)) return ["sample", "type a whole number from 1"];
  if (draft.sample.trim() && !isWhole(draft.seed, 0)) return ["seed", "type a whole number from 0"];
  return null;
}

export function bodyOf(draft: ExportDraft): Record<string, unknown> {
  const columns = hasColumns(draft.format) ? listOf(draft.columns) : [];
  return {
    format: draft.format === "excel" ? "csv" : draft.format,
    for_excel: draft.format === "excel",
    languages: listOf(draft.languages),
    labels: draft.labels,
    ...(draft.source === "fast" ? {} : isSpeed(draft.source) ? { speed: draft.source } : { label_set: draft.source }),
    ...(columns.length ? { columns } : {}),
    ...(draft.since ? { since: momentOf(draft.since) } : {}),
    ...(draft.until ? { until: momentOf(draft.until) } : {}),
    ...(draft.sample.trim() ? { sample: Number(draft.sample), seed: Number(draft.seed) } : {}),
  };
}

/** The order that labels every post again and keeps the labels as a set. */
export const relabelling = (speed: Speed): Record<string, unknown> => ({ format: "csv", speed, keep_labels: true });

const all = (stream: string): string => `${at(stream)}/exports`;

export const exportsOf = async (stream: string): Promise<ExportedFile[]> =>
  (await call<{ items: ExportedFile[] }>("GET", all(stream))).items;

export const order = (stream: string, body: Record<string, unknown>): Promise<ExportedFile> =>
  call("POST", all(stream), body);

export const remove = (stream: string, id: string): Promise<void> =>
  call("DELETE", `${all(stream)}/${id}`);

export const fileUrl = (stream: string, id: string, part: "data" | "description"): string =>
  `/api/v1${all(stream)}/${id}/${part}`;
