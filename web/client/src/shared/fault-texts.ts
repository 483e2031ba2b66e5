/** Faults: what is wrong with a form, each beside the field that it concerns. */
import { ApiError } from "./api";
import type { Fault } from "./field";

/** By field; `form` is for what concerns none. */
export type Faults = Readonly<Record<string, Fault>>;

/** Place a refusal beside one of `fields`, which are named as the API names them. */
export function faultsOf(error: unknown, fields: readonly string[]): Faults {
  const fault = { message: said(error), near: error instanceof ApiError ? error.near : [] };
  const path = error instanceof ApiError ? (error.field ?? "") : "";
  const at = fields.find((field) => path === field || path.startsWith(`${field}[`));
  return { [at ?? "form"]: fault };
}

/** A fault that was found before anything was sent. */
export const faultAt = (field: string, message: string): Faults => ({
  [field]: { message, near: [] },
});

/** The faults that are left once a field was changed. */
export function mended(faults: Faults, ...fields: readonly string[]): Faults {
  const settled = new Set([...fields, "form"]);
  return Object.fromEntries(Object.entries(faults).filter(([field]) => !settled.has(field)));
}

/** What an error says, as a sentence. */
export const said = (error: unknown): string =>
  sentence(error instanceof Error ? error.message : String(error));

/** A message as a sentence. */
export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
