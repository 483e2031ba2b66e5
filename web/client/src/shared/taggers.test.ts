import { expect, test } from "vitest";
import { othersOf, toneOf, TONES, wordsOf } from "./taggers";
import { post } from "./sample-posts";

const answer = (label: string) => ({ label, path: label, confidence: 0.7, model: "1.a" });

test("labels besides sentiment come by name, without those that are unknown", () => {
  const labels = { topic: answer("sport"), sentiment: answer("positive"), emotion: answer("joy"), mood: answer("unknown") };
  expect(othersOf(post(1, { labels })).map(({ tagger, label }) => [tagger, label])).toEqual([
    ["emotion", "joy"],
    ["topic", "sport"],
  ]);
  expect(othersOf(post(1))).toEqual([]);
});

test("the four emotions have colours of their own and any label has one", () => {
  const tones = ["anger", "joy", "optimism", "sadness"].map((label) => toneOf("emotion", label));
  expect(new Set(tones).size).toBe(4);
  expect(toneOf("topic", "sport")).toBe(toneOf("topic", "sport"));
  expect(toneOf("topic", "anything at all")).toBeLessThan(TONES);
});

test("names of taggers and labels read as words", () => {
  expect(wordsOf("hate_speech")).toBe("Hate speech");
});
