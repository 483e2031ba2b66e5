/** Decluttering: of many marks on one spot only the newest few can be seen and are drawn. */

const PER_CELL = 2;

/**
 * Choose which of `n` marks to draw. `at` gives the place of each on a canvas of `width` by
 * `height`, or null where it is not to be seen at all; a later mark lies on the earlier ones.
 */
export function seen(
  n: number,
  at: (index: number) => readonly [number, number] | null,
  cell: number,
  width: number,
  height: number,
): Uint8Array {
  const drawn = new Uint8Array(n);
  const columns = Math.ceil(width / cell) + 1;
  const rows = Math.ceil(height / cell) + 1;
  const taken = new Uint8Array(columns * rows);
  for (let i = n - 1; i >= 0; i--) {
    const place = at(i);
    if (!place || place[0] < 0 || place[1] < 0 || place[0] > width || place[1] > height) continue;
    const spot = Math.floor(place[1] / cell) * columns + Math.floor(place[0] / cell);
    const onSpot = taken[spot] ?? 0;
    if (onSpot >= PER_CELL) continue;
    taken[spot] = onSpot + 1;
    drawn[i] = 1;
  }
  return drawn;
}
