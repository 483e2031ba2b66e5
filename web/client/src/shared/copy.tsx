/** Text to take elsewhere, with a button that copies it. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icon";

const SHOWN_MS = 2500;

interface Props {
  /** What the text is, for who cannot see it. */
  what: string;
  text: string;
}

export function Copied({ what, text }: Props) {
  const said = useSignal("");
  const timer = useRef(0);
  const code = useRef<HTMLElement>(null);
  useEffect(() => () => clearTimeout(timer.current), []);

  const copy = async (): Promise<void> => {
    said.value = (await toClipboard(text)) ? "Copied" : "Selected: copy it by hand";
    if (said.value !== "Copied" && code.current) getSelection()?.selectAllChildren(code.current);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => (said.value = ""), SHOWN_MS);
  };

  return (
    <div class="copied">
      <pre tabIndex={0} role="group" aria-label={what}>
        <code ref={code}>{text}</code>
      </pre>
      <button type="button" aria-label={`Copy ${what}`} onClick={() => void copy()}>
        <Icon name="copy" /> {said.value || "Copy"}
      </button>
      <span class="hidden" role="status">
        {said.value}
      </span>
    </div>
  );
}

/** Whether it worked: browsers give the clipboard to pages on https and on this machine only. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
