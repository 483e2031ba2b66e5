import { expect, test } from "vitest";
import { PAGES, parse, write, type Route } from "./route";

const routes: Route[] = [
  { view: "live", streams: [] },
  { view: "live", streams: ["a1", "b2"] },
  { view: "new" },
  { view: "new", keeps: true },
  { view: "edit", stream: "a1" },
  { view: "collection", stream: "a1" },
  { view: "join", token: "w1234567890_1234567890-abc" },
  ...PAGES.map((view) => ({ view })),
];

test.each(routes)("%o is found again in the address", (route) => {
  expect(parse(write(route))).toEqual(route);
});

test.each(["", "#", "#/nowhere", "#/edit/<script>", "#/live/..", "#/live/zz", "#main"])(
  "%s shows the live view",
  (hash) => {
    expect(parse(hash)).toEqual({ view: "live", streams: [] });
  },
);
