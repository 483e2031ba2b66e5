/** The theme: dark, light, or as the device has it. */
import { signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";
const ORDER: readonly Theme[] = ["auto", "light", "dark"];
const KEY = "weir.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export const theme = signal<Theme>("auto");
/** Rises when colours change, for what is drawn on a canvas. */
export const colours = signal(0);

export function begin(): void {
  const kept = localStorage.getItem(KEY);
  set(ORDER.find((each) => each === kept) ?? "auto");
  dark.addEventListener("change", () => colours.value++);
}

export function next(): void {
  const at = (ORDER.indexOf(theme.value) + 1) % ORDER.length;
  set(ORDER[at] ?? "auto");
  localStorage.setItem(KEY, theme.value);
}

function set(to: Theme): void {
  theme.value = to;
  if (to === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = to;
  colours.value++;
}

/** The colour that a custom property has now. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export const isCalm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
