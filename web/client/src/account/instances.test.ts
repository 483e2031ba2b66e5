import { expect, test } from "vitest";
import { choices, hostOf, type Instance } from "./instances";

const mine: Instance = {
  id: 5,
  address: "https://social.example",
  added_at: 0,
  checked_at: null,
  state: "unchecked",
  fault: null,
};

test("a stream reads the shared instance or one of the account's", () => {
  expect(hostOf("http://127.0.0.1:5101")).toBe("127.0.0.1:5101");
  expect(choices([], null)).toEqual([]);
  expect(choices([mine], null)).toEqual([["", "Choose…"], ["5", "social.example"]]);
  expect(choices([mine], "https://mastodon.social")).toEqual([
    ["", "mastodon.social (of this Weir)"],
    ["5", "social.example"],
  ]);
});
