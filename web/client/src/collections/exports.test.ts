import { expect, test } from "vitest";
import { EMPTY, bodyOf, missing } from "./exports";

test("CSV for Excel is a CSV with an option", () => {
  const body = bodyOf({ ...EMPTY, format: "excel", columns: "id, text", languages: "en ja" });
  expect(body).toEqual({
    format: "csv",
    for_excel: true,
    languages: ["en", "ja"],
    labels: [],
    columns: ["id", "text"],
  });
});

test("a graph is sent without columns, and a seed only with a sample", () => {
  expect(bodyOf({ ...EMPTY, format: "gexf", columns: "id", seed: "7" })).not.toHaveProperty("columns");
  expect(bodyOf({ ...EMPTY, seed: "7" })).not.toHaveProperty("seed");
  expect(bodyOf({ ...EMPTY, sample: "10", seed: "7" })).toMatchObject({ sample: 10, seed: 7 });
});

test("labels come from a model when the file is made, or from a set that is kept", () => {
  expect(bodyOf({ ...EMPTY, source: "accurate" })).toMatchObject({ speed: "accurate" });
  expect(bodyOf({ ...EMPTY, source: "20261127T204500123Z_1.0a" })).toMatchObject({ label_set: "20261127T204500123Z_1.0a" });
  expect(Object.keys(bodyOf(EMPTY))).not.toContain("speed");
});

test("a sample that is no number is refused at its field", () => {
  expect(missing(EMPTY)).toBeNull();
  expect(missing({ ...EMPTY, sample: "many" })?.[0]).toBe("sample");
  expect(missing({ ...EMPTY, sample: "0" })?.[0]).toBe("sample");
  expect(missing({ ...EMPTY, sample: "5", seed: "x" })?.[0]).toBe("seed");
});
