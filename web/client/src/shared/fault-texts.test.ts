import { expect, test } from "vitest";
import { ApiError } from "./api";
import { faultAt, faultsOf, mended } from "./fault-texts";

const refused = (field: string | null): ApiError => new ApiError(422, "bad", "too long", field);

const FIELDS = ["name", "collection", "plan.capture.collection", "ids", "filter.keywords"];

test.each([
  ["name", "name"],
  ["plan.capture.collection", "plan.capture.collection"],
  ["ids[3]", "ids"],
  ["filter.keywords[2]", "filter.keywords"],
  ["idsomething", "form"],
  ["elsewhere", "form"],
  [null, "form"],
])("a fault of %s stands at %s", (field, place) => {
  const faults = faultsOf(refused(field), FIELDS);
  expect(faults).toEqual({ [place]: { message: "Too long.", near: [] } });
});

test("what is no refusal concerns the form", () => {
  expect(faultsOf(new Error("it broke"), ["name"])).toEqual(faultAt("form", "It broke."));
});

test("a change mends its field and the form, and leaves the rest", () => {
  const faults = { ...faultAt("name", "a"), ...faultAt("form", "b"), ...faultAt("speed", "c") };
  expect(Object.keys(mended(faults, "name"))).toEqual(["speed"]);
});
