/** API tokens: for programs that act for the account. */
import { all, call } from "../shared/api";
import { Listing } from "../shared/listing";

export interface Token {
  id: string;
  name: string;
  created_at: number;
  expires_at: number | null;
  scope: Scope;
  last_used_at: number | null;
}

export type Scope = "read" | "write" | "admin";

export interface IssuedToken {
  token: string;
  name: string;
  expires_at: number | null;
}

export const tokens = new Listing(() => all<Token>("/tokens?"));

/** Make one; without days it has no expiry date. */
export const issue = (name: string, days: number | null, scope: Scope): Promise<IssuedToken> =>
  call("POST", "/tokens", { name, days, scope });
export const revoke = ({ id }: Token): Promise<void> =>
  tokens.order(
    id,
    (known) => known.filter((each) => each.id !== id),
    () => call("DELETE", `/tokens/${encodeURIComponent(id)}`),
  );
