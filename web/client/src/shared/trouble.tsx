/** What went wrong with one thing, told at once; nothing where nothing did. */
import { Icon } from "./icon";

export function Trouble({ text, icon = false }: { text: string | null | undefined; icon?: boolean }) {
  if (!text) return null;
  return (
    <p class="trouble" role="alert">
      {icon && (
        <>
          <Icon name="warn" />{" "}
        </>
      )}
      {text}
    </p>
  );
}
