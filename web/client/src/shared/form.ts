/** A form: what was typed, what is wrong with it, and whether it is on its way. */
import { useSignal, type Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { faultAt, faultsOf, mended, type Faults } from "./fault-texts";
import { usePersistedDraft } from "./persisted-draft";

export interface Form<Draft> {
  element: RefObject<HTMLFormElement | null>;
  draft: Signal<Draft>;
  faults: Signal<Faults>;
  busy: Signal<boolean>;
  /** Take what was typed; `also` names fields of the API that it mends. */
  change: (part: Partial<Draft>, ...also: readonly string[]) => void;
  /** Say what is wrong with a field, and go there. */
  object: (field: string, message: string) => void;
  /** Send it; a refusal is told beside its field, a success empties the form. Gives success. */
  send: (give: () => Promise<void>) => Promise<boolean>;
  clear: () => void;
}

/** `fields` are those that the form has, as the API names them. */
export function useForm<Draft extends object>(
  name: string,
  empty: Draft,
  fields: readonly string[],
): Form<Draft> {
  const draft = usePersistedDraft(name, empty);
  const faults = useSignal<Faults>({});
  const busy = useSignal(false);
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [faults.value]);

  const clear = (): void => {
    draft.value = empty;
    faults.value = {};
  };
  const send = async (give: () => Promise<void>): Promise<boolean> => {
    if (busy.peek()) return false;
    busy.value = true;
    faults.value = {};
    try {
      await give();
      clear();
      return true;
    } catch (error) {
      faults.value = faultsOf(error, fields);
      return false;
    } finally {
      busy.value = false;
    }
  };
  return {
    element,
    draft,
    faults,
    busy,
    change: (part, ...also) => {
      draft.value = { ...draft.peek(), ...part };
      const left = mended(faults.peek(), ...Object.keys(part), ...also);
      if (Object.keys(left).length !== Object.keys(faults.peek()).length) faults.value = left;
    },
    object: (field, message) => void (faults.value = faultAt(field, message)),
    send,
    clear,
  };
}
