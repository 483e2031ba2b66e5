/** Coverage: how many of the posts are shown, as the note beside the feed says it. */
import { count, posts } from "../shared/format";

export interface Coverage {
  /** Posts since the page was opened: that came, and in all, those left out and missed included. */
  came: number;
  all: number;
  missed: number;
  /** Posts in memory, and those of them that pass the filters; null without filters. */
  inMemory: number;
  passing: number | null;
}

/** The note, and what explains it where it needs that. */
export function coverageNote(of: Coverage): { text: string; why?: string } {
  const { came, all, missed, inMemory, passing } = of;
  if (passing !== null) {
    const whole = inMemory >= came;
    return {
      text: `${count(passing)} of ${whole ? "" : "the last "}${posts(inMemory)} pass the filters`,
      why: whole ? "Of the posts since this page was opened" : "Older posts are not in memory any more",
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
