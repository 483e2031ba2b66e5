/** A disclosure: a part of a form that opens on request, or when something in it is wrong. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface Props {
  title: string;
  open: boolean;
  isFaulty: boolean;
  children: ComponentChildren;
}

export function Disclosure({ title, open, isFaulty, children }: Props) {
  const chosen = useSignal<boolean | null>(null);
  const isOpen = isFaulty || (chosen.value ?? open);
  return (
    <details
      class="fold"
      open={isOpen}
      onToggle={(event) => {
        const now = event.currentTarget.open;
        if (now !== isOpen) chosen.value = now;
      }}
    >
      <summary>{title}</summary>
      {isOpen && <div class="fold-in">{children}</div>}
    </details>
  );
}
