/** Label sets: the labels that one model gave a collection's posts, kept beside its files. */
import { at, call } from "../shared/api";
import { dayTime, posts } from "../shared/format";
import { SPEEDS, speedOf } from "../shared/labels";

export interface LabelSet {
  name: string;
  model: string;
  made_at: number;
  posts: number;
  labels: Readonly<Record<string, number>>;
}

const all = (stream: string): string => `${at(stream)}/label-sets`;

export const setsOf = async (stream: string): Promise<LabelSet[]> =>
  (await call<{ items: LabelSet[] }>("GET", all(stream))).items;

export const remove = (stream: string, name: string): Promise<void> =>
  call("DELETE", `${all(stream)}/${name}`);

/** A set in words: "Labels of 27 Nov, 20:45, by the accurate model, 1,200 posts". */
export const wordsOf = (set: LabelSet): string =>
  `Labels of ${dayTime(set.made_at)}, by the ${speedOf(set.model)} model, ${posts(set.posts)}`;

/** What can give the labels of an export, as the options of a field. */
export const sourcesOf = (sets: readonly LabelSet[]): [string, string][] => [
  ["fast", "The fast model, when the file is made"],
  ["accurate", "The accurate model, when the file is made"],
  ...sets.map((set): [string, string] => [set.name, wordsOf(set)]),
];

/** The choice of a model, as the options of a field. */
export const SPEED_OPTIONS = SPEEDS.map((speed): [string, string] => [speed, `The ${speed} model`]);
