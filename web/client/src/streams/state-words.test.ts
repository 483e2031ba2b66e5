import { expect, test } from "vitest";
import type { State, Status } from "../shared/api";
import { NO_PLAN } from "../collections/plan-draft";
import { canBeWatched, errorOf, filesElsewhere, firstOrder, noGaps, originOf, shownState, sourceWords } from "./state-words";

const status = (state: State, code?: string): Status => ({
  state,
  rate: 0,
  lag_ms: 0,
  fault: code ? { code, message: "why" } : null,
  note: null,
  since: null,
});
const stream = (state: State, code?: string, wanted: "running" | "stopped" = "running") => ({
  wanted,
  status: status(state, code),
  plan: NO_PLAN,
});
const replay = { ...NO_PLAN, replay: { file: "a", collection: null, speed: 1, since: null, until: null } };

test.each([
  [stream("running"), "stop"],
  [stream("reconnecting"), "stop"],
  [stream("scheduled"), "stop"],
  [stream("stopped", undefined, "stopped"), "start"],
  [stream("failed", "upstream_error"), "retry"],
  [stream("failed", "budget_spent"), "raise"],
  [stream("finished"), "extend"],
  [{ ...stream("finished"), plan: replay }, "replay"],
  [{ ...stream("failed", "damaged"), plan: replay }, "replay"],
] as const)("%o is first offered %s", (which, order) => {
  expect(firstOrder(which)).toBe(order);
});

test("a budget that is reached is no error", () => {
  expect(errorOf(stream("failed", "budget_spent"))).toBeNull();
  expect(errorOf(stream("failed", "upstream_error"))).toBe("why");
  expect(shownState(stream("failed", "budget_spent"), false)).toMatchObject({ words: "Budget reached", dot: "finished" });
});

test.each([
  ["running", false, "Running", "running"],
  ["running", true, "Was running", "unknown"],
  ["starting", true, "Was connecting", "unknown"],
  ["stopped", true, "Stopped", "stopped"],
  ["failed", true, "Failed", "failed"],
] as const)("%s, offline %s, reads %s", (state, isOffline, words, dot) => {
  expect(shownState(stream(state), isOffline)).toMatchObject({ words, dot });
});

test.each([
  [{ simulated: false, client: null }, null],
  [{ simulated: true, client: null }, "made-up posts"],
  [{ simulated: false, client: "lab 2" }, "captured by lab 2"],
])("posts of %o are said to be %s", (of, words) => {
  expect(originOf(of)).toBe(words);
});

test.each([
  [{ source: "x", client: null, wanted: "running" }, null, true],
  [{ source: "x", client: null, wanted: "archived" }, null, false],
  [{ source: "client", client: "lab 2", wanted: "running" }, "on lab 2, not known here", false],
  [{ source: "client", client: null, wanted: "archived" }, "on the machine of its capture client, not known here", false],
] as const)("the files of %o are %s; watching is offered: %s", (of, words, isOffered) => {
  expect(filesElsewhere(of)).toBe(words);
  expect(canBeWatched(of)).toBe(isOffered);
  expect(noGaps(of)).toContain(words === null ? "None recorded" : "reported none");
});

test("each of several sources says how it is", () => {
  const fault = { code: "unauthorized", message: "The instance answers 401." };
  const sources = [
    { source: "x", state: "running", fault: null },
    { source: "elsewhere", state: "failed", fault },
  ] as const;
  const status = { state: "running", rate: 0, lag_ms: 0, fault: null, note: null, since: null, sources } as const;
  expect(sourceWords({ status })).toBe("X: connected · elsewhere: refused (The instance answers 401)");
  expect(sourceWords({ status: { ...status, sources: [] } })).toBe("");
});
