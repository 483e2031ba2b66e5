/** The machines that run collectors. */

export function Machines() {
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Machines</h2>
    </main>
  );
}
