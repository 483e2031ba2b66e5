/** Replays: recordings that stream again. */

export function Replays() {
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Replays</h2>
    </main>
  );
}
