/** A button for an action that cannot be undone: it asks for confirmation first. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useFocusBack } from "./focus";

interface Props {
  /** What is asked, such as "Archive it? It cannot be started again." */
  question: string;
  yes: string;
  no?: string;
  /** The button's name where its words alone do not say which thing it is about. */
  name?: string;
  quiet?: boolean;
  order: () => void;
  children: ComponentChildren;
}

export function ConfirmButton({ question, yes, no = "Cancel", name, quiet, order, children }: Props) {
  const asks = useSignal(false);
  const group = useRef<HTMLSpanElement>(null);
  const button = useFocusBack<HTMLButtonElement>(asks.value);

  useEffect(() => {
    if (asks.value) group.current?.querySelector<HTMLElement>("button:last-child")?.focus();
  }, [asks.value]);

  if (!asks.value) {
    return (
      <button
        ref={button}
        type="button"
        class={quiet ? "quiet" : undefined}
        aria-label={name}
        onClick={() => (asks.value = true)}
      >
        {children}
      </button>
    );
  }
  return (
    <span
      ref={group}
      class="asks"
      role="group"
      aria-label={question}
      onKeyDown={(event) => event.key === "Escape" && (asks.value = false)}
    >
      <span>{question}</span>
      <button
        type="button"
        class="danger"
        onClick={() => {
          asks.value = false;
          order();
        }}
      >
        {yes}
      </button>
      <button type="button" onClick={() => (asks.value = false)}>
        {no}
      </button>
    </span>
  );
}
