import { expect, test } from "vitest";
import { parse, write, type Route } from "./route";

const routes: Route[] = [
  { view: "live", streams: [] },
  { view: "live", streams: ["a1", "b2"] },
  { view: "new" },
  { view: "edit", stream: "a1" },
];

test.each(routes)("%o is found again in the address", (route) => {
  expect(parse(write(route))).toEqual(route);
});

test.each(["", "#", "#/nowhere", "#/edit/<script>", "#/live/..", "#/live/zz"])(
  "%s shows the live view",
  (hash) => {
    expect(parse(hash)).toEqual({ view: "live", streams: [] });
  },
);
