/** An avatar: the picture when it asks no other host, else initials on a tint. */
import { initials, tint } from "./format";

interface Props {
  name: string;
  handle: string;
  picture?: string | null | undefined;
}

export function Avatar({ name, handle, picture }: Props) {
  if (picture && /^(\/(?!\/)|data:image\/)/.test(picture)) {
    return <img class="avatar" src={picture} alt="" />;
  }
  return (
    <span class={`avatar tint-${tint(handle)}`} aria-hidden="true">
      {initials(name || handle)}
    </span>
  );
}
