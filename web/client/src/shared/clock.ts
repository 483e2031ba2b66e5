/** The server's clock, guessed from when posts and answers left it and when they came here. */

let offset: number | null = null;

/** Learn from what arrived just now; the quickest one on its way is the best guess. */
export function observe(receivedAt: number): void {
  const seen = Date.now() - receivedAt;
  if (offset === null || seen < offset) offset = seen;
}

/** Now, in ms since the epoch, as the server sees it. */
export const now = (): number => Date.now() - (offset ?? 0);
