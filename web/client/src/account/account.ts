/** The account: how to get in, its sessions, its password. */
import { all, call, type Me, type Role } from "../shared/api";
import { Listing } from "../shared/listing";

export interface Ways {
  x: boolean;
  simulated: boolean;
  invited_only: boolean;
}

export interface Session {
  id: string;
  kind: string;
  name: string;
  created_at: number;
  last_used_at: number | null;
  expires_at: number | null;
  current: boolean;
}

/** What a link gives; names end in the `domain`, if it is for one. */
export interface LinkOffer {
  role: Role;
  domain: string | null;
}

export const ways = (): Promise<Ways> => call("GET", "/sign-in");
export const enter = (name: string, password: string): Promise<Me> =>
  call("POST", "/sign-in/password", { name, password });
export const lookAtLink = (token: string): Promise<LinkOffer> =>
  call("POST", "/join/link", { token });
export const join = (token: string, name: string, password: string): Promise<Me> =>
  call("POST", "/join", { token, name, password });
export const changePassword = (old: string, fresh: string): Promise<void> =>
  call("POST", "/me/password", { old, new: fresh });

export const sessions = new Listing(() => all<Session>("/sessions?"));
export const endSession = ({ id }: Session): Promise<void> =>
  sessions.order(
    id,
    (known) => known.filter((each) => each.id !== id),
    () => call("DELETE", `/sessions/${encodeURIComponent(id)}`),
  );
