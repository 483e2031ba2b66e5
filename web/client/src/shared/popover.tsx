/** The post behind a point of the map, beside the point and inside the frame. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Picked } from "../map/world-map";
import { Icon } from "./icon";
import { PostCard } from "../live/post-card";

const GAP = 14;

interface Props {
  at: Picked;
  pinned: boolean;
  close: () => void;
}

export function Popover({ at, pinned, close }: Props) {
  const box = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const card = box.current;
    const frame = card?.offsetParent;
    if (!card || !frame) return;
    const room = frame.clientWidth - card.offsetWidth - 4;
    const left = Math.max(4, Math.min(room, at.x - card.offsetWidth / 2));
    const above = at.y - card.offsetHeight - GAP;
    const top = above >= 4 ? above : Math.min(at.y + GAP, frame.clientHeight - card.offsetHeight - 4);
    card.style.transform = `translate(${Math.round(left)}px, ${Math.round(Math.max(4, top))}px)`;
  });

  return (
    <div class={pinned ? "popover pinned" : "popover"} ref={box}>
      <PostCard post={at.post} />
      {pinned && (
        <button class="tool popover-close" aria-label="Close this post" onClick={close}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
