import { expect, test } from "vitest";
import { ApiError } from "../shared/api";
import { isRefusal } from "./stream-faults";

test.each([
  [new ApiError(422, "filter_refused", "X refuses it"), true],
  [new ApiError(422, "too_long", "too long", "filter.word"), true],
  [new ApiError(422, "unknown_place", "no such place", "filter.place"), true],
  [new ApiError(422, "upstream_error", "X did not answer"), false],
  [new ApiError(429, "too_many_requests", "wait"), false],
  [new ApiError(0, "no_answer", "nobody there"), false],
  [new Error("broken"), false],
])("%o refuses the filter: %s", (error, expected) => {
  expect(isRefusal(error)).toBe(expected);
});
