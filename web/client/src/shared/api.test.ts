import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { call } from "./api";

const answers: (Response | Error)[] = [];
const refusal = (status: number): Response =>
  new Response(JSON.stringify({ error: { code: "no", message: "no" } }), { status });
const gone = (): Response => new Response(null, { status: 204 });
let asked = 0;

beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
  answers.length = 0;
  vi.stubGlobal("fetch", () => {
    const answer = answers[asked++] ?? refusal(500);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function outcome(method: string): Promise<string> {
  const called = call(method, "/replays/files/a").then(
    () => "done",
    (error: { status: number }) => `refused ${error.status}`,
  );
  await vi.runAllTimersAsync();
  return called;
}

test.each([
  ["DELETE", [gone()], "done", 1],
  ["DELETE", [refusal(503), gone()], "done", 2],
  ["DELETE", [new Error("lost"), refusal(404)], "done", 2],
  ["DELETE", [refusal(404)], "refused 404", 1],
  ["DELETE", [refusal(409)], "refused 409", 1],
  ["DELETE", [refusal(503), refusal(503), refusal(503)], "refused 503", 3],
  ["POST", [refusal(503), gone()], "refused 503", 1],
  ["POST", [new Error("lost"), gone()], "refused 0", 1],
] as const)("%s, answered %o, is %s after %i calls", async (method, given, expected, calls) => {
  answers.push(...given);
  expect(await outcome(method)).toBe(expected);
  expect(asked).toBe(calls);
});
