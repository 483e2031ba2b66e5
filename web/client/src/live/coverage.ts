/** Coverage: how many of the posts are shown, as the note beside the feed says it. */
import { count, posts, rate } from "../shared/format";
import type { ShownPart } from "../shared/wire";

export interface Coverage {
  /** Posts since the page was opened: that came, and in all, those left out and missed included. */
  came: number;
  all: number;
  missed: number;
  /** Posts in memory, and those of them that pass the filters; null without filters. */
  inMemory: number;
  passing: number | null;
  /** What the server shows just now; null while that is all of it. */
  part: ShownPart | null;
}

/** The parts of several streams as one; null when there are none. */
export function addParts(parts: readonly ShownPart[]): ShownPart | null {
  if (!parts.length) return null;
  const sum = (of: keyof ShownPart): number => parts.reduce((all, part) => all + part[of], 0);
  return {
    shown: sum("shown"),
    of: sum("of"),
    viewer_limit: sum("viewer_limit"),
    taggers_behind: sum("taggers_behind"),
  };
}

/** What is shown of what there is, and why not all: "showing 3,900 of 10,200/s: taggers are behind". */
function partNote(part: ShownPart): string {
  const reasons = [
    ...(part.taggers_behind > 0 ? ["taggers are behind"] : []),
    ...(part.viewer_limit > 0 ? ["more than a page is sent"] : []),
  ];
  return `showing ${count(Math.round(part.shown))} of ${rate(part.of)}: ${reasons.join(", and ")}`;
}

/** The note, and what explains it where it needs that. */
export function coverageNote(of: Coverage): { text: string; why?: string } {
  const { part } = of;
  if (!part) return pastNote(of);
  const why = "Captures and totals hold all of them";
  return { text: of.passing === null ? partNote(part) : `${pastNote(of).text}; ${partNote(part)}`, why };
}

function pastNote(of: Coverage): { text: string; why?: string } {
  const { came, all, missed, inMemory, passing } = of;
  if (passing !== null) {
    const whole = inMemory >= came;
    return {
      text: `${count(passing)} of ${whole ? "" : "the last "}${posts(inMemory)} pass the filters`,
      why: whole ? "Of the posts since you opened this page" : "Older posts are no longer in memory",
    };
  }
  if (came === all) return { text: came ? `${posts(came)} since opened` : "" };
  return {
    text: `showing ${count(came)} of ${count(all)}`,
    why: missed ? `${count(missed)} were missed while offline` : "The rest are counted only",
  };
}

/** The note beside the map: how many points are drawn, of how many that pass the filters. */
export function pointsNote(size: number, seen: number, passing: number | null): string {
  if (passing !== null) return `${count(passing)} of ${count(size)} with a place`;
  if (seen > size) return `${count(size)} of ${count(seen)} points drawn`;
  return size ? `${count(size)} with a place` : "";
}
