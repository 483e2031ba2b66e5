/** Replays: recordings that stream again, from a collection or from a file that was uploaded. */
import { call, type FilterBody, type Stream } from "../shared/api";
import { keywordsOf } from "../streams/stream-draft";
import { Listing } from "../shared/listing";
import { localFault, momentOf } from "../shared/local-time";

export interface UploadedFile {
  file: string;
  bytes: number;
  uploaded_at: number;
}

/** What to play; `from` and `until` are ms since the epoch. */
export interface ReplayBody {
  collection?: string;
  file?: string;
  speed: number;
  filter?: FilterBody;
  name?: string;
  from?: number;
  until?: number;
  plan?: { capture: { collection: string } };
}

/** What was typed; times as a `datetime-local` field has them. */
export interface ReplayDraft {
  what: "file" | "collection";
  file: string;
  collection: string;
  pace: "same" | "faster" | "unpaced";
  times: string;
  keeps: boolean;
  keptAs: string;
  name: string;
  keywords: string;
  from: string;
  until: string;
}

export const EMPTY: ReplayDraft = {
  what: "file",
  file: "",
  collection: "",
  pace: "same",
  times: "10",
  keeps: false,
  keptAs: "",
  name: "",
  keywords: "",
  from: "",
  until: "",
};

/** Keys of uploads that were cancelled. */
const cancelled = new Set<string>();
const isCancelled = ({ file }: UploadedFile): boolean => cancelled.has(file.slice(0, 16));

const deleteFile = ({ file }: UploadedFile): Promise<void> =>
  call("DELETE", `/replays/files/${encodeURIComponent(file)}`);

/** The files; one whose upload was cancelled too late came all the same, and is deleted when it is seen. */
export const files = new Listing(async () => {
  const { items } = await call<{ items: UploadedFile[] }>("GET", "/replays/files");
  await Promise.allSettled(items.filter(isCancelled).map(deleteFile));
  return items.filter((each) => !isCancelled(each));
});

/** Keep nothing of an upload, whether or not it arrives. */
export const discard = (key: string): void => void cancelled.add(key);

/** A key for an upload: the id of its file will begin with it. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const create = (body: ReplayBody): Promise<Stream> => call("POST", "/replays", body);
export const removeFile = (uploaded: UploadedFile): Promise<void> =>
  files.order(
    uploaded.file,
    (known) => known.filter((each) => each.file !== uploaded.file),
    () => deleteFile(uploaded),
  );

/** What an uploaded file was called, without the digits that make its name its own. */
export const calledBy = (file: string): string => file.replace(/^[0-9a-f]{16}-/, "");

export function bodyOf(draft: ReplayDraft): ReplayBody {
  const { what, pace, times, keeps, keptAs, name, keywords, from, until } = draft;
  const words = keywordsOf(keywords);
  return {
    ...(what === "file" ? { file: draft.file } : { collection: draft.collection }),
    speed: pace === "same" ? 1 : pace === "unpaced" ? 0 : Number(times.replace(",", ".")),
    ...(words.length ? { filter: { keywords: words } } : {}),
    ...(name.trim() ? { name: name.trim() } : {}),
    ...(from ? { from: momentOf(from) ?? NaN } : {}),
    ...(until ? { until: momentOf(until) ?? NaN } : {}),
    ...(keeps ? { plan: { capture: { collection: keptAs.trim() } } } : {}),
  };
}

/** What is missing before anything is sent: a field, and what to do there. */
export function missing(draft: ReplayDraft): readonly [string, string] | null {
  if (draft.what === "file" && !draft.file) return ["file", "Choose a file, or upload one."];
  if (draft.what === "collection" && !draft.collection) {
    return ["collection", "Choose a collection to play."];
  }
  for (const field of ["from", "until"] as const) {
    const wrong = localFault(draft[field]);
    if (wrong) return [field, wrong];
  }
  const speed = bodyOf(draft).speed;
  if (draft.pace === "faster" && !(speed > 0)) return ["speed", "Type a number above 0, such as 10."];
  return null;
}

export const isReplay = (stream: Stream): boolean => stream.source === "replay";

/** The collections that may be played, by name: captured here, by streams also of the archive. */
export function recordings(streams: readonly Stream[]): string[] {
  const here = streams.filter((stream) => stream.source !== "client");
  const names = here.flatMap((stream) => stream.plan.capture?.collection ?? []);
  return [...new Set(names)].sort((a, b) => a.localeCompare(b));
}

/** How much of a recording was played, 0 to 1, as the status of a replay begins; null before. */
export function share(note: string | null): number | null {
  const percent = note?.match(/^(\d{1,3})%/)?.[1];
  return percent === undefined ? null : Math.min(1, Number(percent) / 100);
}

export function speedWords(speed: number): string {
  if (speed === 0) return "as fast as it goes";
  return speed === 1 ? "as it was" : `${speed}× as fast`;
}
