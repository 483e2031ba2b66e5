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
  theme.value = ORDER.find((each) => each === kept) ?? "auto";
  apply();
  dark.addEventListener("change", apply);
}

export function next(): void {
  theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? "auto";
  localStorage.setItem(KEY, theme.value);
  apply();
}

function apply(): void {
  const asDevice = dark.matches ? "dark" : "light";
  document.documentElement.dataset["theme"] = theme.value === "auto" ? asDevice : theme.value;
  colours.value++;
}

/** The colour that a custom property has now. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export const isCalm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
