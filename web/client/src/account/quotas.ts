/** Limits: what may be taken of what is scarce, and what is used of it. */
import { call } from "../shared/api";
import { bytes, count, money } from "../shared/format";
import { Listing } from "../shared/listing";

export interface QuotaUse {
  name: string;
  title: string;
  unit: "count" | "posts" | "usd" | "bytes";
  used: number;
  limit: number | null;
  /** The limit of accounts that have none of their own. */
  each_limit: number | null;
  total_used: number;
  total_limit: number | null;
}

export const quotas = new Listing(
  async () => (await call<{ items: QuotaUse[] }>("GET", "/quotas")).items,
);

/** Set a limit of every account (`each`) or of all together (`total`); null is no limit. */
export const setLimit = (
  subject: "each" | "total",
  name: string,
  limit: number | null,
): Promise<void> =>
  quotas.order(
    name,
    (known) => known,
    () => call("PATCH", "/people/quotas", { subject, limits: { [name]: limit } }),
  );

/** An amount in its unit. */
export const amount = (value: number, unit: QuotaUse["unit"]): string =>
  unit === "usd" ? money(value) : unit === "bytes" ? bytes(value) : count(value);

/** What a person typed as a limit: a number, null for nothing, undefined for what is neither. */
export function limitOf(typed: string): number | null | undefined {
  const text = typed.trim().replaceAll(",", "");
  if (!text) return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
