/** Mastodon instances of the account: added with a token, which is never shown again. */
import { call, type Fault } from "../shared/api";
import { Listing } from "../shared/listing";
import { signal } from "@preact/signals";

export interface Instance {
  id: number;
  address: string;
  added_at: number;
  checked_at: number | null;
  state: "unchecked" | "works" | "refused";
  fault: Fault | null;
}

/** The instance that every stream may read; null where the operator set none. */
export const shared = signal<string | null>(null);

export const instances = new Listing(async () => {
  const found = await call<{ items: Instance[]; default: string | null }>("GET", "/instances");
  shared.value = found.default;
  return found.items;
});

export const add = (address: string, token: string): Promise<Instance> =>
  call("POST", "/instances", { address, token });

export const check = ({ id }: Instance): Promise<void> =>
  instances.order(
    String(id),
    (known) => known.map((each) => (each.id === id ? { ...each, state: "unchecked" } : each)),
    () => call("POST", `/instances/${id}/check`),
  );

export const remove = ({ id }: Instance): Promise<void> =>
  instances.order(
    String(id),
    (known) => known.filter((each) => each.id !== id),
    () => call("DELETE", `/instances/${id}`),
  );

/** An address without what all have in common: `social.example`. */
export const hostOf = (address: string): string => address.replace(/^https?:\/\//, "");

/** What a stream may read: the shared instance, and those of the account. */
export function choices(own: readonly Instance[], everybodys: string | null): [string, string][] {
  const first = everybodys === null ? "Choose…" : `${hostOf(everybodys)} (of this Weir)`;
  if (everybodys === null && !own.length) return [];
  return [["", first], ...own.map(({ id, address }): [string, string] => [String(id), hostOf(address)])];
}
