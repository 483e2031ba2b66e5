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
  /** Whether the limit was set for this account alone. */
  is_own: boolean;
}

export type QuotaListing = Listing<QuotaUse>;
const at = (path: string): QuotaListing =>
  new Listing(async () => (await call<{ items: QuotaUse[] }>("GET", path)).items);

/** The caller's own. */
export const quotas = at("/quotas");
/** Those of another account, for administrators. */
export const quotasOf = (account: number): QuotaListing => at(`/people/${account}/quotas`);

/** Whose limit it is: every account's (`each`), that of all together (`total`), or one account's. */
export type Subject = "each" | "total" | number;

const change = (of: QuotaListing, name: string, body: object): Promise<void> =>
  of.order(
    name,
    (known) => known,
    () => call("PATCH", "/people/quotas", body),
  );

/** Set a limit; null is no limit. */
export const setLimit = (
  of: QuotaListing,
  subject: Subject,
  name: string,
  limit: number | null,
): Promise<void> => change(of, name, { subject, limits: { [name]: limit } });

/** Let an account have the limit of every account again. */
export const resetLimit = (of: QuotaListing, account: number, name: string): Promise<void> =>
  change(of, name, { subject: account, reset: [name] });

/** What is limited, as the beginning of a line. */
export const titleOf = ({ title }: QuotaUse): string => title.charAt(0).toUpperCase() + title.slice(1);

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
