/** Deletions: posts taken out of captures and streams. */

export function Deletions() {
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Deletions</h2>
    </main>
  );
}
