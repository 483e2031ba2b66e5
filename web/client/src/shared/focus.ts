/** Keyboard focus: it returns to the control that opened something, once that closes. */
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function useFocusBack<Opener extends HTMLElement>(
  isOpen: boolean,
): RefObject<Opener | null> {
  const opener = useRef<Opener>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) opener.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return opener;
}
