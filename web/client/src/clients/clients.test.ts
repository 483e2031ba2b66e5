import { expect, test } from "vitest";
import { keywordsOf, settingsFile, silence, type Client, type Job } from "./clients";

test.each([
  ["", []],
  [" rain , , two words", [{ word: "rain" }, { word: "two words" }]],
  ["geo: 2.5 49 2 48", [{ box: [2, 48, 2.5, 49] }]],
  ["geo: 2 48 2.5", [{ word: "geo: 2 48 2.5" }]],
  ["1 2 3 4", [{ word: "1 2 3 4" }]],
])("the keywords of %j are told apart", (text, expected) => {
  expect(keywordsOf(text)).toEqual(expected);
});

test("the settings file has all that the agent asks for", () => {
  const issued = { id: 3, name: "lab 2", token: "w123", path: "/capture/api/" };
  const settings = JSON.parse(settingsFile(issued, "https://weir.example"));
  expect(settings.server).toMatchObject({
    base_url: "https://weir.example/capture/api/",
    client_id: "lab 2",
    auth_token: "w123",
  });
});

test("the settings file has every key that the existing client reads", () => {
  const issued = { id: 3, name: "lab 2", token: "w123", path: "/capture/api/" };
  const keys = (of: object): string[] => Object.keys(of).sort();
  const { server, twitter_auth, output, ...rest } = JSON.parse(settingsFile(issued, "https://weir.example"));
  expect(keys(server)).toEqual(["auth_token", "base_url", "client_id", "ping_interval", "update_interval"]);
  expect(keys(twitter_auth)).toEqual(["access_token", "access_token_secret", "api_key", "api_secret"]);
  expect(keys(output)).toEqual(["base_dir", "extension", "filename_timefmt", "minute_interval", "temporary_extension"]);
  expect(keys(rest)).toEqual(["logging", "source_addr"]);
  expect(rest.logging).toMatchObject({ version: 1, handlers: { console: {}, errors: {} } });
});

const job = (status: Job["status"]): Job => ({ status }) as Job;

test.each([
  ["connected", job(3), null],
  ["disconnected", job(3), /may still be capturing/],
  ["never", job(2), /never connected/],
  ["disconnected", job(5), null],
  ["never", null, null],
] as const)("a client that is %s is worth a word when a job waits", (state, its, expected) => {
  const told = silence({ state, job: its } as Client);
  if (expected === null) expect(told).toBe(null);
  else expect(told).toMatch(expected);
});
