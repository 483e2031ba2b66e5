/** The capture clients, and what each of them captures. */

export function Clients() {
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>Capture clients</h2>
    </main>
  );
}
