/** One collection: what it keeps, how it fares, its files and its history. */

export function Collection({ id }: { id: string }) {
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Collection {id}</h2>
    </main>
  );
}
