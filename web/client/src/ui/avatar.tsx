/** An avatar: the picture when it comes from this very server, else initials on a tint. */
import { initials, tint } from "../format";

interface Props {
  name: string;
  handle: string;
  picture?: string | null | undefined;
}

export function Avatar({ name, handle, picture }: Props) {
  if (picture?.startsWith("/") || picture?.startsWith(location.origin + "/")) {
    return <img class="avatar" src={picture} alt="" />;
  }
  return (
    <span class={`avatar tint-${tint(handle)}`} aria-hidden="true">
      {initials(name || handle)}
    </span>
  );
}
