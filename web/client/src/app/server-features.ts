/** What this server can do, read once from its OpenAPI document. */
import { signal } from "@preact/signals";
import { served } from "../shared/api";

export const canTry = signal(false);
export const hasGaps = signal(false);

export async function look(): Promise<void> {
  const paths = await served();
  canTry.value = paths.has("/try") && [...paths].some((path) => /^\/try\/\{\w+\}$/.test(path));
  hasGaps.value = [...paths].some((path) => /^\/streams\/\{\w+\}\/gaps$/.test(path));
}
