/** The collections: streams that keep their raw posts, each with what it has and may still cost. */

export function Collections() {
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Collections</h2>
    </main>
  );
}
