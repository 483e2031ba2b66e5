/** What was typed in a form, kept through a reload and a new sign-in. */
import { useSignal, useSignalEffect, type Signal } from "@preact/signals";

/** A draft under a name of its own; put `empty` back and nothing is kept. */
export function useKept<Draft extends object>(name: string, empty: Draft): Signal<Draft> {
  const key = `weir.form.${name}`;
  const draft = useSignal<Draft>(read(key, empty));
  useSignalEffect(() => {
    if (draft.value === empty) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(draft.value));
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
