/** What is wrong with the form of a stream, beside the field that it concerns. */
import { ApiError } from "../shared/api";
import type { Faults } from "../shared/fault-texts";
import { FIELDS } from "../collections/plan-draft";

const PLAN_FIELDS = Object.values(FIELDS).flat();

/** Where a field of the API stands in the form. */
function fieldOf(error: ApiError): string {
  const path = error.field ?? "";
  if (PLAN_FIELDS.includes(path)) return path;
  const field = path.replace(/^filter\./, "").split(/[.[]/)[0] ?? "";
  return ["name", "word", "keywords", "languages", "place"].includes(field) ? field : "form";
}

/** Whether an error says that the filter itself can never run, and not that a trial failed today. */
export const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  (error.code === "filter_refused" || (error.status === 422 && /^filter\b/.test(error.field ?? "")));

export function faultsOf(error: unknown): Faults {
  if (error instanceof ApiError) {
    return { [fieldOf(error)]: { message: error.message, near: error.near } };
  }
  return { form: { message: error instanceof Error ? error.message : String(error), near: [] } };
}
