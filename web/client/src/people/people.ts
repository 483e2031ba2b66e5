/** People: who may come in and as what, for administrators. */
import { all, call, type Page, type Role } from "../shared/api";
import { Listing } from "../shared/listing";

export interface Person {
  id: number;
  platform: string;
  handle: string;
  name: string;
  role: Role;
  created_at: number;
  seen_at: number;
  suspended_at: number | null;
  sessions: number;
}

export interface Invitation {
  id: number;
  handle: string | null;
  role: Role;
  created_at: number;
  expires_at: number | null;
  /** A link for so many more accounts (`seats`) with names of a domain. */
  domain: string | null;
  seats: number | null;
}

export interface Change {
  id: number;
  at: number;
  actor_id: number | null;
  account_id: number | null;
  what: string;
  detail: Readonly<Record<string, unknown>>;
}

export interface Invited {
  invitation: Invitation;
  token: string | null;
}

export const ROLES: readonly (readonly [Role, string])[] = [
  ["viewer", "Viewer: reads"],
  ["editor", "Editor: starts streams"],
  ["administrator", "Administrator: manages people"],
];
const RECENT = 50;

export const people = new Listing(() => all<Person>("/people?"));
export const invitations = new Listing(() => all<Invitation>("/invitations?"));
export const changes = new Listing(
  async () => (await call<Page<Change>>("GET", `/people/changes?limit=${RECENT}`)).items,
);

/** Whether what was typed is a domain: handles at X have no dots. */
export const isDomain = (typed: string): boolean => typed.includes(".");
export const invite = (
  whom: string,
  role: Role,
  days: number | null,
  seats: number,
): Promise<Invited> =>
  call(
    "POST",
    "/invitations",
    isDomain(whom) ? { domain: whom, seats, role, days } : { handle: whom || null, role, days },
  );
export const nameOf = ({ id, handle, domain }: Invitation): string =>
  handle ? `@${handle}` : domain ? `Link for ${domain}` : `Link ${id}`;
export const withdraw = ({ id }: Invitation): Promise<void> =>
  invitations.order(
    id,
    (known) => known.filter((each) => each.id !== id),
    () => call("DELETE", `/invitations/${id}`),
  );

export const changePerson = (
  { id }: Person,
  change: { role?: Role; suspended?: boolean },
): Promise<void> =>
  people.order(
    id,
    (known) => known,
    () => call("PATCH", `/people/${id}`, change),
  );
export const endSessions = ({ id }: Person): Promise<void> =>
  people.order(
    id,
    (known) => known.map((each) => (each.id === id ? { ...each, sessions: 0 } : each)),
    () => call("DELETE", `/people/${id}/sessions`),
  );

const DEEDS: Readonly<Record<string, string>> = {
  created: "came in",
  invited: "invited",
  invitation_withdrawn: "withdrew the invitation of",
  role_changed: "changed the role of",
  suspended: "suspended",
  resumed: "let in again",
  sessions_ended: "ended the sessions of",
  password_changed: "changed the password of",
  token_created: "made a token",
  token_revoked: "revoked a token",
  quotas_changed: "changed the limits of",
};

/** A change as a sentence; `name` gives the handle of an account. */
export function sentenceOf(change: Change, name: (id: number) => string): string {
  const { actor_id, account_id, what, detail } = change;
  const actor = actor_id === null ? "A command on the server" : name(actor_id);
  const deed = DEEDS[what] ?? what;
  const invited = typeof detail["handle"] === "string" ? `@${detail["handle"]}` : detail["domain"];
  const whom =
    account_id === null ? String(invited ?? (what === "invited" ? "by a link" : "")) : name(account_id);
  const own = account_id !== null && account_id === actor_id;
  if (what === "quotas_changed") {
    const all = detail["subject"] === "total" ? "all together" : "every account";
    return `${actor} ${deed} ${account_id === null ? all : whom}${limitsOf(detail)}`;
  }
  if (what === "joined") return `${actor} let in ${whom} by a link`;
  const role = what === "role_changed" ? ` to ${String(detail["after"])}` : "";
  const words = own && !what.endsWith("_of") ? `${actor} ${deed.replace(/ of$/, "")}` : `${actor} ${deed} ${whom}`;
  return `${words.trim()}${role}`;
}

/** What became of limits: `: sockets 5 (was 50), posts day by default`. */
function limitsOf({ subject: _, before, reset, ...limits }: Change["detail"]): string {
  const words = (name: string): string => name.replaceAll("_", " ");
  const value = (limit: unknown): string => (limit === null ? "no limit" : String(limit));
  const known = (before ?? {}) as Readonly<Record<string, unknown>>;
  const set = Object.entries(limits).map(
    ([name, limit]) => `${words(name)} ${value(limit)}${name in known ? ` (was ${value(known[name])})` : ""}`,
  );
  const gone = ((reset ?? []) as readonly string[]).map((name) => `${words(name)} by default`);
  const all = [...set, ...gone];
  return all.length ? `: ${all.join(", ")}` : "";
}
