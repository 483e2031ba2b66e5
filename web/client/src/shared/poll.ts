/** Polling: asks again every so often, one question at a time, while somebody looks. */
import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { now } from "./clock";
import { standing } from "../app/session";

/** Now as the server sees it, in ms since the epoch, moved on once a second while anything shows how long ago it was. */
export const clock = signal(now());

let watchers = 0;
let ticking = 0;

/** Keep the clock going while a component is shown. */
export function useClock(): void {
  useEffect(() => {
    clock.value = now();
    if (watchers++ === 0) ticking = window.setInterval(() => (clock.value = now()), 1000);
    return () => {
      if (--watchers === 0) clearInterval(ticking);
    };
  }, []);
}

/** Ask at once and every `everyMs` after an answer; not while the page is hidden or signed out. */
export function usePoll(ask: () => Promise<void>, everyMs: number): void {
  const question = useRef(ask);
  question.current = ask;
  const pause = useRef(everyMs);
  pause.current = everyMs;
  useSignalEffect(() => {
    if (standing.value !== "in") return;
    let timer = 0;
    let ended = false;
    const run = async (): Promise<void> => {
      clearTimeout(timer);
      timer = 0;
      if (!document.hidden) await question.current().catch(() => undefined);
      if (!ended && !timer) timer = window.setTimeout(() => void run(), pause.current);
    };
    const seen = (): void => void (!document.hidden && run());
    document.addEventListener("visibilitychange", seen);
    void run();
    return () => {
      ended = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  });
}
