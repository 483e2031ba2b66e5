/** What is wrong with a form as a whole. */
import type { Faults } from "./fault-texts";
import { Icon } from "./icon";

export function FormFault({ faults }: { faults: Faults }) {
  const fault = faults["form"];
  if (!fault) return null;
  return (
    <p class="trouble" role="alert">
      <Icon name="warn" /> {fault.message}
    </p>
  );
}
