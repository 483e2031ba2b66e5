/** A form draft that survives a reload and a new sign-in. */
import { useSignal, useSignalEffect, type Signal } from "@preact/signals";
import { useRef } from "preact/hooks";

/** A draft under a name of its own; one that is as it began is not kept. */
export function usePersistedDraft<Draft extends object>(name: string, empty: Draft): Signal<Draft> {
  const key = `weir.form.${name}`;
  const began = useRef(JSON.stringify(empty)).current;
  const draft = useSignal<Draft>(read(key, empty));
  useSignalEffect(() => {
    const text = JSON.stringify(draft.value);
    if (text === began) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  });
  return draft;
}

function read<Draft extends object>(key: string, empty: Draft): Draft {
  try {
    const text = sessionStorage.getItem(key);
    return text ? { ...empty, ...(JSON.parse(text) as Partial<Draft>) } : empty;
  } catch {
    return empty;
  }
}
