/** The files that were uploaded to be played, and the one that is on its way. */
import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { bytes, dayTime, duration, percent } from "../shared/format";
import { calledBy, files, removeFile, type UploadedFile } from "./replays";
import { cancel, send, trouble, underway, type Underway } from "./upload";
import { ConfirmButton } from "../shared/confirm-button";
import { Icon } from "../shared/icon";
import { ListView } from "../shared/list-view";
import { Trouble } from "../shared/trouble";

export function Uploads() {
  return (
    <section class="panel section" aria-labelledby="files-title">
      <h3 id="files-title">Files</h3>
      {underway.value ? <OnItsWay {...underway.value} /> : <DropZone />}
      <Trouble icon text={trouble.value} />
      <Formats />
      <ListView of={files} empty={<p>No file yet. What you upload stays until you delete it.</p>}>
        {(items) => (
          <ul class="rows" aria-label="Uploaded files">
            {items.map((each) => (
              <FileRow key={each.file} file={each} />
            ))}
          </ul>
        )}
      </ListView>
    </section>
  );
}

function DropZone() {
  const id = useId();
  const over = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (list: FileList | null | undefined): void => {
    const file = list?.[0];
    if (file) void send(file);
    if (input.current) input.current.value = "";
  };
  return (
    <div
      class={over.value ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        take(event.dataTransfer?.files);
      }}
    >
      <Icon name="up" />
      <label for={id}>Upload a recording</label>
      <input
        ref={input}
        id={id}
        type="file"
        aria-describedby={`${id}-hint`}
        onChange={(event) => take(event.currentTarget.files)}
      />
      <span class="muted small" id={`${id}-hint`}>
        Choose a file or drop it here: at most 512 MiB, packed or not.
      </span>
    </div>
  );
}

/** How far an upload is; the server looks into the file once all of it is there. */
function OnItsWay({ name, sent, bytes: all, since }: Underway) {
  const spent = Date.now() - since;
  const left = sent > 0 && spent > 2000 ? ((all - sent) * spent) / sent : null;
  const isThere = sent === all;
  return (
    <div class="upload">
      <p>
        <strong>{name}</strong>{" "}
        <span class="muted">
          {isThere
            ? "is there; the server looks into it…"
            : `${percent(sent, all)} of ${bytes(all)}${left === null ? "" : `, ${duration(left)} left`}`}
        </span>
      </p>
      <progress max={all} value={isThere ? undefined : sent} aria-label={`Upload of ${name}`} />
      <button type="button" onClick={cancel}>
        <Icon name="close" /> Cancel
      </button>
    </div>
  );
}

function Formats() {
  return (
    <details class="small">
      <summary>What can be played</summary>
      <p class="muted">
        One JSON object a line, plain, gzip or zstd, whatever it is called: captures of Weir, lines of
        X’s v1.1 stream (as the existing capture client writes them), twarc 1, twarc 2 (stream, search,
        flattened), 4CAT. Kinds may be mixed. Torn lines, control lines and garbage are passed over and
        counted.
      </p>
    </details>
  );
}

function FileRow({ file }: { file: UploadedFile }) {
  const name = calledBy(file.file);
  const refused = files.refused.value[file.file];
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <p class="muted small">
          {bytes(file.bytes)} · {dayTime(file.uploaded_at)}
        </p>
        <Trouble text={refused} />
      </div>
      <ConfirmButton
        quiet
        name={`Delete ${name}`}
        question="It cannot be restored."
        yes="Yes, delete"
        order={() => void removeFile(file)}
      >
        <Icon name="x" /> Delete
      </ConfirmButton>
    </li>
  );
}
