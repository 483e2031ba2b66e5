import { expect, test } from "vitest";
import { post } from "../shared/sample-posts";
import { emptyBins } from "./series";
import { COUNT_KINDS } from "../shared/labels";
import { now } from "../shared/clock";
import { Subscription } from "./subscription";
import type { Joined, StatusEvent } from "../shared/wire";

const status = (part: Partial<StatusEvent> = {}): StatusEvent => ({
  stream: "a",
  state: "running",
  rate: 1,
  lag_ms: 0,
  fault: null,
  note: null,
  since: null,
  totals: { posts: 0, negative: 0, neutral: 0, positive: 0, unknown: 0 },
  gap: null,
  ...part,
});
const joined = (seq: number, part: Partial<Joined> = {}): Joined => ({
  stream: "a",
  status: status(),
  epoch: "e",
  seq,
  posts: [],
  missed: 0,
  continues: true,
  series: [],
  ...part,
});
const frame = (seq: number, ...ids: number[]) => ({
  stream: "a",
  epoch: "e",
  seq,
  posts: ids.map((id) => post(id)),
  left_out: 0,
});

test("frames before the room was joined are dropped, for the answer holds them", () => {
  const subscription = new Subscription("a");
  expect(subscription.take(frame(3, 1, 2, 3))).toEqual([]);
  subscription.join(joined(3, { posts: [post(1), post(2), post(3)] }));
  expect(subscription.take(frame(3, 1, 2, 3))).toEqual([]);
  expect(subscription.take(frame(5, 4, 5)).map((each) => each.id)).toEqual(["4", "5"]);
  expect(subscription.came).toBe(5);
});

test("what came before the first visit was not missed", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(1000, { missed: 900, posts: [post(1)] }));
  expect(subscription.missed).toBe(0);
});

test("what was lost while offline counts as missed", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(10));
  const ring = Array.from({ length: 5 }, (_, i) => post(26 + i));
  expect(subscription.since).toBe(0);
  expect(subscription.join(joined(30, { missed: 25, posts: ring }))).toHaveLength(5);
  expect(subscription.missed).toBe(15);
  expect(subscription.seq).toBe(30);
});

test("of all that the server kept only what came after counts as new", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(10));
  const ring = Array.from({ length: 12 }, (_, i) => post(1 + i));
  expect(subscription.join(joined(12, { posts: ring })).map((each) => each.id)).toEqual(["11", "12"]);
  expect(subscription.missed).toBe(0);
});

test("a tombstone keeps its number and is not shown", () => {
  const subscription = new Subscription("a");
  const tombstone = { id: "2", deleted: true } as const;
  expect(subscription.join(joined(2, { posts: [post(1), tombstone] }))).toHaveLength(1);
  expect(subscription.take({ ...frame(4, 3), posts: [post(3), { ...tombstone, id: "4" }] })).toHaveLength(1);
  expect(subscription.seq).toBe(4);
});

test("a server that began anew is followed, not mourned", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(1000));
  subscription.join(joined(5, { epoch: "f", continues: false, posts: [post(5)] }));
  expect([subscription.resets, subscription.missed]).toEqual([1, 0]);
  expect(subscription.take({ ...frame(6, 6), epoch: "f" })).toHaveLength(1);
  expect(subscription.resets).toBe(1);
});

test("a number of a new epoch that is higher than the old one proves nothing", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(10));
  const ring = [post(11), post(12)];
  const answer = joined(700, { epoch: "f", continues: false, posts: ring });
  expect(subscription.join(answer)).toHaveLength(2);
  expect([subscription.resets, subscription.missed, subscription.epoch]).toEqual([1, 0, "f"]);
});

test.each([
  ["e", 10, 2, 2, 1],
  ["e", 10, 40, 2, 1],
  ["", 0, 2, 2, 0],
  ["", 0, 40, 2, 1],
])("a frame of a new epoch after %j:%i, up to %i with %i posts, is shown; resets: %i", (epoch, seq, to, n, resets) => {
  const subscription = new Subscription("a");
  subscription.join(joined(seq, { epoch }));
  const ids = Array.from({ length: n }, (_, i) => i + 1);
  expect(subscription.take({ ...frame(to, ...ids), epoch: "f" })).toHaveLength(n);
  expect([subscription.seq, subscription.resets]).toEqual([to, resets]);
});

test("posts that a cap left out are counted", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(0));
  subscription.take({ ...frame(10, 1), left_out: 9 });
  expect([subscription.came, subscription.leftOut]).toEqual([1, 9]);
});

test("a gap is open while the status says so", () => {
  const subscription = new Subscription("a");
  const gap = { started_at: 5, ended_at: null, reason: "down" };
  subscription.settle(status({ gap }));
  subscription.settle(status({ gap }));
  expect(subscription.gaps).toEqual([{ from: 5, to: null, reason: "down" }]);
  subscription.settle(status());
  expect(subscription.gaps[0]?.to).toBeGreaterThan(5);
});

test("posts that the server counted and does not show are counted here, and nothing else changes", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(3));
  const counted = { stream: "a", epoch: "e", seq: 3, posts: [], left_out: 40 };
  expect(subscription.take(counted)).toEqual([]);
  expect([subscription.leftOut, subscription.seq, subscription.missed]).toEqual([40, 3, 0]);
  expect(subscription.take(frame(4, 4)).map((each) => each.id)).toEqual(["4"]);
});

test("posts without a model count as not labelled, also those that only totals name", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(0));
  subscription.take({ ...frame(2, 1), left_out: 1, posts: [{ ...post(1), label: "unknown", model: null, received_at: now() }] });
  subscription.settle(status({ totals: { ...status().totals, posts: 2, not_labelled: 2 } }));
  const bins = emptyBins("minute", now() / 1000);
  subscription.series.addTo(bins);
  const sums = bins.counts.map((row) => row.reduce((all, n) => all + n, 0));
  expect(COUNT_KINDS.map((kind, row) => [kind, sums[row]]).filter(([, n]) => n)).toEqual([["not_labelled", 2]]);
});

const sums = (subscription: Subscription): number[] => {
  const bins = emptyBins("minute", now() / 1000);
  subscription.series.addTo(bins);
  return bins.counts.map((row) => row.reduce((all, n) => all + n, 0));
};

test("an edit moves a post from one kind to another, in the counts and in its second", () => {
  const subscription = new Subscription("a");
  const at = Math.floor(now() / 1000);
  subscription.join(joined(0));
  const made = { ...post(1), model: "1", received_at: at * 1000 };
  subscription.take({ ...frame(2), posts: [made, { ...made, id: "2" }] });
  const later = { ...made, label: "positive" as const, edited: true };
  expect(subscription.takeEdits([{ post: later, was: "neutral", at: at + 1 }])).toEqual([later]);
  expect(sums(subscription)).toEqual([1, 1, 0, 0, 0]);
  subscription.settle(status({ totals: { ...status().totals, posts: 2, neutral: 1, positive: 1 } }));
  expect(sums(subscription)).toEqual([1, 1, 0, 0, 0]);
  expect([subscription.came, subscription.seq]).toEqual([2, 2]);
});

test.each([
  [null, null],
  ["positive", 5],
  ["negative", 5],
] as const)("an edit that was %s at %s moves no count that is not here", (was, at) => {
  const subscription = new Subscription("a");
  subscription.join(joined(0));
  const second = Math.floor(now() / 1000);
  subscription.take({ ...frame(1), posts: [{ ...post(1), model: "1", received_at: second * 1000 }] });
  subscription.takeEdits([{ post: { ...post(1), label: "positive", model: "1" }, was, at }]);
  expect(sums(subscription)).toEqual([0, 1, 0, 0, 0]);
});

test("a post that was left out and then edited is named once, by what it is now", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(0));
  subscription.take({ ...frame(1), left_out: 1 });
  const later = { ...post(1), label: "positive" as const, model: "1", edited: true };
  subscription.takeEdits([{ post: later, was: "neutral", at: Math.floor(now() / 1000) }]);
  subscription.settle(status({ totals: { ...status().totals, posts: 1, positive: 1 } }));
  expect(sums(subscription).reduce((all, n) => all + n, 0)).toBe(1);
});

test("a label of another server is shown as not labelled, not lost", () => {
  const subscription = new Subscription("a");
  subscription.join(joined(0));
  const odd = { ...post(1), label: "not_labelled" as "unknown", model: "2" };
  expect(subscription.take({ ...frame(1), posts: [odd] })).toMatchObject([{ label: "unknown", model: null }]);
});
