import { expect, test } from "vitest";
import { sentenceOf, type Change } from "./people";

const change = (what: string, part: Partial<Change> = {}): Change => ({
  id: 1,
  at: 0,
  actor_id: 1,
  account_id: 2,
  what,
  detail: {},
  ...part,
});
const name = (id: number): string => ({ 1: "ada", 2: "bob" })[id] ?? "?";

test.each([
  [change("suspended"), "ada suspended bob"],
  [change("role_changed", { detail: { before: "viewer", after: "editor" } }), "ada changed the role of bob to editor"],
  [change("joined"), "ada let in bob by a link"],
  [change("created", { account_id: 1 }), "ada came in"],
  [change("password_changed", { account_id: 1 }), "ada changed the password"],
  [change("invited", { account_id: null, detail: { handle: "eve" } }), "ada invited @eve"],
  [change("invited", { actor_id: null, account_id: null }), "A command on the server invited by a link"],
  [change("invited", { account_id: null, detail: { domain: "newsroom.example" } }), "ada invited newsroom.example"],
  [
    change("quotas_changed", {
      detail: { subject: "2", sockets: 5, usd_day: null, before: { sockets: 50 }, reset: ["x_rules"] },
    }),
    "ada changed the limits of bob: sockets 5 (was 50), usd day no limit, x rules by default",
  ],
  [
    change("quotas_changed", { account_id: null, detail: { subject: "total", usd_month: 500 } }),
    "ada changed the limits of all together: usd month 500",
  ],
  [change("sessions_ended", { actor_id: null }), "A command on the server ended the sessions of bob"],
])("%o reads as a sentence", (given, expected) => {
  expect(sentenceOf(given, name)).toBe(expected);
});
