/** Numbers, times and money as people read them. */

const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const shortClock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const dayAndClock = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const dateOnly = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

export const count = (n: number): string => whole.format(n);
export const short = (n: number): string => (n < 10_000 ? whole.format(n) : compact.format(n));
export const posts = (n: number): string => `${count(n)} ${n === 1 ? "post" : "posts"}`;
export const percent = (part: number, all: number): string =>
  all === 0 ? "–" : `${Math.round((100 * part) / all)}%`;

/** Posts a second with as many digits as mean something. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return "0/s";
  if (perSecond < 0.1) return `${whole.format(Math.max(1, Math.round(perSecond * 3600)))}/h`;
  return `${perSecond < 10 ? perSecond.toFixed(1) : whole.format(Math.round(perSecond))}/s`;
}

export function money(usd: number): string {
  if (usd > 0 && usd < 0.01) return "under $0.01";
  const digits = usd < 100 ? 2 : 0;
  return `$${usd.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** How long, roughly: "8 s", "3 min", "2 h", "5 days". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export const time = (ms: number): string => clock.format(ms);
export const minute = (ms: number): string => shortClock.format(ms);
export const dayTime = (ms: number): string => dayAndClock.format(ms);
/** A day with its year: what lies ahead may be years away. */
export const day = (ms: number): string => dateOnly.format(ms);
export const fullTime = (ms: number): string => full.format(ms);

/** The two letters that stand for a person without a picture. */
export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toUpperCase() ?? "?").join("");
}

/** A number from 0 to 11 that stays the same for a text: which of twelve tints it gets. */
export function tint(text: string): number {
  let sum = 7;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 100_003;
  return sum % 12;
}

/** A box in words: "36.4° N to 38.2° N, 123° W to 121° W". */
export function box([west, south, east, north]: readonly [number, number, number, number]): string {
  const lat = (d: number): string => `${Math.abs(d).toFixed(1)}° ${d < 0 ? "S" : "N"}`;
  const lon = (d: number): string => `${Math.abs(d).toFixed(1)}° ${d < 0 ? "W" : "E"}`;
  return `${lat(south)} to ${lat(north)}, ${lon(west)} to ${lon(east)}`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes as people read them: "1.5 GiB". */
export function bytes(n: number): string {
  const step = n < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(n) / 10));
  const value = n / 1024 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[step]}`;
}

/** How long ago: "just now", "8 s ago". */
export const ago = (ms: number): string => (ms < 2000 ? "just now" : `${duration(ms)} ago`);
