/** Sign in: the button, and what went wrong the last time. */
import { useSignal } from "@preact/signals";
import { signIn, trouble } from "./session";
import { Icon } from "../shared/icon";
import { Trouble } from "../shared/trouble";

export function SignInButton() {
  const busy = useSignal(false);
  const go = async (): Promise<void> => {
    busy.value = true;
    await signIn();
    if (trouble.value) busy.value = false;
  };
  return (
    <>
      <button class="main sign-in" onClick={() => void go()} aria-busy={busy.value}>
        <Icon name="x" /> Sign in with X
      </button>
      <Trouble icon text={trouble.value} />
    </>
  );
}
