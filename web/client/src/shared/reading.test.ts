import { expect, test } from "vitest";
import { readingOf, withheldWords } from "./reading";
import { post } from "./sample-posts";

test.each([
  [{ label: "positive", confidence: 0.9, model: "1" }, "Positive", "likely", "90%"],
  [{ label: "negative", confidence: 0.65, model: "1" }, "Negative", "likely", "four labels in five"],
  [{ label: "neutral", confidence: 0.41, model: "1" }, "Neutral", "unsure", "41%"],
  [{ label: "unknown", model: null, lang: "de" }, "Not labelled in time", null, "in time"],
  [{ label: "unknown", model: "1", lang: "de" }, "Another language", null, "(de)"],
  [{ label: "unknown", model: "1", lang: "qme" }, "Unknown", null, "none of its words"],
  [{ label: "unknown", model: "1", lang: null }, "Unknown", null, "none of its words"],
  [{ label: "unknown", model: "1", lang: "en-GB" }, "Unknown", null, "none of its words"],
] as const)("%o reads %s, %s", (part, words, certainty, why) => {
  const reading = readingOf(post(1, part));
  expect(reading).toMatchObject({ words, certainty });
  expect(reading.why).toContain(why);
});

test.each([
  ["accurate.1.9a59", "Labelled by the accurate model (accurate.1.9a59)."],
  ["1.fdc2", "Labelled by the fast model (1.fdc2)."],
])("a label by %s says so", (model, words) => {
  expect(readingOf(post(1, { label: "positive", confidence: 0.9, model })).why).toContain(words);
});

test.each([
  [["DE", "FR"], "Withheld in Germany, France"],
  [["XX"], "Withheld everywhere"],
  [["DE", "XY"], "Withheld everywhere"],
  [["7?"], "Withheld in 7?"],
])("countries %s read %s", (codes, words) => {
  expect(withheldWords(codes)).toBe(words);
});
