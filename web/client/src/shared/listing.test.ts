import { expect, test } from "vitest";
import { Listing } from "./listing";

const later = (): { answer: Promise<number[]>; give: (items: number[]) => void } => {
  let give = (_: number[]): void => undefined;
  const answer = new Promise<number[]>((done) => (give = done));
  return { answer, give };
};

test("an answer that a change overtook is dropped", async () => {
  const reads = [later(), later()];
  let asked = 0;
  const listing = new Listing<number>(() => reads[asked++]!.answer);
  const first = listing.refresh();
  reads[0]!.give([1, 2]);
  await first;
  const second = listing.refresh();
  listing.change((items) => items.filter((each) => each !== 1));
  reads[1]!.give([1, 2]);
  await second;
  expect(listing.items.value).toEqual([2]);
});

test("an answer that says the same draws nothing anew", async () => {
  const listing = new Listing<{ a: number }>(() => Promise.resolve([{ a: 1 }]));
  await listing.refresh();
  const before = listing.items.value;
  await listing.refresh();
  expect(listing.items.value).toBe(before);
});

test("what was read stays when a later reading fails, which is told until one succeeds", async () => {
  let fails = false;
  const listing = new Listing<number>(() =>
    fails ? Promise.reject(new Error("no answer")) : Promise.resolve([1]),
  );
  await listing.refresh();
  fails = true;
  await listing.refresh();
  expect([listing.items.value, listing.trouble.value]).toEqual([[1], "No answer."]);
  fails = false;
  await listing.refresh();
  expect(listing.trouble.value).toBe(null);
});

test("an order is seen at once, and what was read meanwhile does not undo it", async () => {
  let items = [1, 2];
  const listing = new Listing<number>(() => Promise.resolve(items));
  await listing.refresh();
  let finish = (): void => undefined;
  const ordered = listing.order(
    1,
    (known) => known.filter((each) => each !== 1),
    () => new Promise<void>((done) => (finish = done)),
  );
  await listing.refresh();
  expect(listing.items.value).toEqual([2]);
  items = [2];
  finish();
  await ordered;
  expect([listing.items.value, listing.refused.value]).toEqual([[2], {}]);
});

test("an order that is refused is taken back and says why, until the next one", async () => {
  const listing = new Listing<number>(() => Promise.resolve([1]));
  await listing.refresh();
  await listing.order(1, () => [], () => Promise.reject(new Error("not now")));
  expect([listing.items.value, listing.refused.value]).toEqual([[1], { 1: "Not now." }]);
  await listing.order(1, () => [], () => Promise.resolve());
  expect(listing.refused.value).toEqual({});
});
