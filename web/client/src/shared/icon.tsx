/** Icons: a few strokes each, beside words that say the same. */

const PATHS = {
  add: "M8 3v10M3 8h10",
  archive: "M2.500 5.500h11V13h-11zM2 3h12v2.500H2zM6.500 8.500h3",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M6 5.500h7.500V14H6zM10.500 5.500V2.500H3V11h3",
  draw: "M3 3h10v10H3zM3 3h.01M13 3h.01M3 13h.01M13 13h.01",
  down: "M8 2.500v7.500M4.500 7 8 10.500 11.500 7M3 13.500h10",
  edit: "M3 13l.6-2.800L10.800 3l2.200 2.200-7.200 7.200zM9.500 4.300l2.200 2.200",
  feed: "M3 4h10M3 8h10M3 12h6",
  full: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  globe: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM2 8h12M8 2c4.500 4 4.500 8 0 12M8 2c-4.500 4-4.500 8 0 12",
  light: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.500v1M8 13.500v1M1.500 8h1M13.500 8h1M3.400 3.400l.7.7M11.900 11.900l.7.7M3.400 12.600l.7-.7M11.900 4.100l.7-.7",
  auto: "M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 0 1 0 11",
  dark: "M13 9.500A5.500 5.500 0 1 1 6.500 3 4.500 4.500 0 0 0 13 9.500z",
  minus: "M3 8h10",
  out: "M6.500 3H3v10h3.500M10 5l3 3-3 3M13 8H6",
  pause: "M5.500 3.500v9M10.500 3.500v9",
  play: "M5 3.200 12.500 8 5 12.800z",
  search: "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.500 3.500",
  stop: "M4.500 4.500h7v7h-7z",
  up: "M8 10.500V3M4.500 6 8 2.500 11.500 6M3 13.500h10",
  warn: "M8 2.500 14.200 13H1.800zM8 6.500v3M8 11.300v.01",
  trial: "M6.500 2.500h3M7 2.500V6.500L3.500 13h9L9 6.500v-4M5 10.500h6",
  x: "M3 3l10 10M13 3L3 13",
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);

export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" />
    <path d="M6 10c3-2.600 6-2.600 9 0h4c2.400 0 3.200 1.600 3.200 4v1" />
    <path d="M6 16c3-2.600 6-2.600 9 0" />
    <path d="M6 22c3.300-2.800 6.700-2.800 10 0s6.700 2.800 10 0" />
  </svg>
);
