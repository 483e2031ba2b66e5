/** An upload: one file on its way to the server, with how far it is; it goes on while one looks elsewhere. */
import { signal } from "@preact/signals";
import { ApiError, on, refusal } from "../shared/api";
import { said } from "../shared/fault-texts";
import { discard, files, newKey, type UploadedFile } from "./replays";

export const MOST_BYTES = 512 * 2 ** 20;
/** When to look for what came although it was cancelled. */
const LATE_MS = 1000;

/** `sent` of `bytes` are on the server; `since` is when it began (ms). */
export interface Underway {
  name: string;
  sent: number;
  bytes: number;
  since: number;
}

export const underway = signal<Underway | null>(null);
/** What became of the last one, when nothing did. */
export const trouble = signal<string | null>(null);

let request: XMLHttpRequest | null = null;

/** Send a file; gives null when it was refused or cancelled. */
export async function send(file: File): Promise<UploadedFile | null> {
  cancel();
  trouble.value = null;
  if (file.size === 0) trouble.value = `${file.name} is empty.`;
  if (file.size > MOST_BYTES) trouble.value = `${file.name} is too large: a file has at most 512 MiB.`;
  if (trouble.value) return null;
  const mine = (request = new XMLHttpRequest());
  underway.value = { name: file.name, sent: 0, bytes: file.size, since: Date.now() };
  const key = newKey();
  try {
    const made = await sent(mine, file, key);
    if (made) await files.refresh();
    else cancelledTooLate(key);
    return made;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) on.unauthorized();
    trouble.value = `${file.name}: ${said(error)}`;
    return null;
  } finally {
    if (request === mine) {
      request = null;
      underway.value = null;
    }
  }
}

export function cancel(): void {
  request?.abort();
}

/** The server may have had all of it by then. */
function cancelledTooLate(key: string): void {
  discard(key);
  setTimeout(() => void files.refresh(), LATE_MS);
}

/** Put the file on the wire: fetch does not tell how far it is. */
function sent(wire: XMLHttpRequest, file: File, key: string): Promise<UploadedFile | null> {
  return new Promise((done, fail) => {
    wire.upload.onprogress = ({ loaded }) => {
      if (underway.value && request === wire) {
        underway.value = { ...underway.value, sent: Math.min(loaded, file.size) };
      }
    };
    wire.onabort = () => done(null);
    wire.onerror = () => fail(new Error("the connection broke before all of it was there"));
    wire.onload = () => {
      if (wire.status === 201) done(JSON.parse(wire.responseText) as UploadedFile);
      else void refusal(new Response(wire.responseText, { status: wire.status })).then(fail);
    };
    const name = encodeURIComponent(file.name.slice(-200));
    wire.open("POST", `/api/v1/replays/files?key=${key}&name=${name}`);
    wire.setRequestHeader("Content-Type", "application/octet-stream");
    wire.send(file);
  });
}
