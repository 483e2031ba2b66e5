"""Fan-out: from the relay's one message a batch to the rooms of this process."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
import msgspec
from redis import Redis

from streams import names
from streams.live import LiveStoreError, deletion, history
from streams.live.deletion import DeletedPosts
from streams.live.history import RecentPosts
from streams.live.relay import Frame, split
from web.dashboard_wire.posts import legacy_events
from web.live.rooms import Rooms

log = logging.getLogger(__name__)

FLOOR_SECONDS = 5
"""How long a frame may take from the ring to this process."""


class FanOut:
    """Sends each frame once to each room that has members. Posts are not decoded on the way."""

    def __init__(
        self,
        client: Redis,
        rooms: Rooms,
        posts_per_second: int,
        ring_posts: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = client
        self._rooms = rooms
        self._cap = posts_per_second
        self._ring_posts = ring_posts
        self._clock = clock
        self._muted: set[str] = set()
        self._held: dict[str, list[list[Frame]]] = {}
        self._floors: dict[str, dict[str, tuple[int, float]]] = {}
        self._last: dict[str, int] = {}
        self._second = 0
        self._sent: dict[str, int] = {}

    def mute(self, stream_id: str) -> None:
        """Let nothing more of a stream through: its owner was told that it has stopped."""
        self._muted.add(stream_id)

    def unmute(self, stream_id: str) -> None:
        """Let a stream through again."""
        self._muted.discard(stream_id)

    @contextmanager
    def holding(self, stream_id: str) -> Iterator[list[Frame]]:
        """Collect the frames of a stream that arrive meanwhile."""
        held: list[Frame] = []
        self._held.setdefault(stream_id, []).append(held)
        try:
            yield held
        finally:
            self._held[stream_id].remove(held)
            if not self._held[stream_id]:
                del self._held[stream_id]

    def join(self, sid: str, stream_id: str, recent: RecentPosts, held: list[Frame]) -> RecentPosts:
        """Let a socket in, and return `recent` brought up to this very moment.

        Nothing here waits, so the next frame to the room follows what is returned; frames that
        `recent` holds already and that are still on their way are not sent to this socket.
        """
        late = [frame for frame in held if frame.seq > recent.seq]
        seq = late[-1].seq if late else recent.seq
        room = names.room(stream_id)
        if not self._rooms.has(room):
            self._last[stream_id] = seq
        self._rooms.enter(sid, room)
        self._floor(stream_id, [sid], seq)
        posts = _joined([recent.posts, *(frame.posts for frame in late)])
        return RecentPosts(seq, posts, recent.missed)

    def run(self) -> None:
        """For ever: listen, and listen again when Redis went away."""
        while True:
            try:
                self._listen()
            except LiveStoreError as error:
                log.warning("lost the frames' channel: %s", error)
            gevent.sleep(0.5)

    def take(self, message: bytes) -> None:
        """Send on what one published message holds."""
        try:
            for frame in split(message):
                self._send(frame)
        except ValueError as error:
            log.error("a message on the frames' channel cannot be read: %s", error)

    def take_deleted(self, message: bytes) -> None:
        """Send on one published word of deleted posts."""
        try:
            self.send_deleted(deletion.decoded(message))
        except ValueError as error:
            log.error("a message on the channel of deletions cannot be read: %s", error)

    def send_deleted(self, deleted: DeletedPosts) -> None:
        """Tell the viewers of a stream, stopped or not, which posts to show no longer."""
        room = names.room(deleted.stream)
        if self._rooms.has(room) and (deleted.ids or deleted.authors):
            self._rooms.emit(names.EVENT_DELETED, msgspec.to_builtins(deleted), room)

    def _listen(self) -> None:
        with self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
            pubsub.subscribe(names.CHANNEL_DELETED, names.CHANNEL_FRAMES)
            while True:
                message = pubsub.get_message(timeout=5)
                if message is None:
                    continue
                if message["type"] == "subscribe":
                    if message["channel"] == names.CHANNEL_FRAMES.encode():
                        self._catch_up()
                elif message["channel"] == names.CHANNEL_DELETED.encode():
                    self.take_deleted(message["data"])
                else:
                    self.take(message["data"])

    def _catch_up(self) -> None:
        """After an interruption, send each room what the ring kept of the meantime."""
        for stream_id in self._rooms.watched():
            ring = history.recent(self._redis, stream_id, None, self._ring_posts)
            self.send_deleted(DeletedPosts(stream_id, deletion.erased(ring.posts)))
            last = self._last.get(stream_id)
            if last is None or stream_id in self._muted:
                continue
            recent = history.recent(self._redis, stream_id, last, self._ring_posts)
            if recent.seq > last:
                frame = Frame(stream_id, recent.seq, 0, recent.posts)
                self._emit(frame, recent.posts, recent.missed)
                members = self._rooms.members(names.room(stream_id))
                self._floor(stream_id, members, recent.seq)

    def _send(self, frame: Frame) -> None:
        if frame.stream_id in self._muted:
            return
        for held in self._held.get(frame.stream_id, ()):
            held.append(frame)
        new = self._rooms.has(names.room(frame.stream_id))
        old_room = names.legacy_room(frame.stream_id)
        old = self._rooms.has(old_room)
        if not new and not old:
            return
        posts, left_out = self._capped(frame)
        if new:
            self._emit(frame, posts, left_out, self._behind(frame))
        if old:
            for event in legacy_events(posts):
                self._rooms.emit(names.EVENT_LEGACY_POST, event, old_room)

    def _emit(
        self, frame: Frame, posts: bytes, left_out: int, but: list[str] | None = None
    ) -> None:
        self._last[frame.stream_id] = frame.seq
        data = {
            "stream": frame.stream_id,
            "seq": frame.seq,
            "posts": msgspec.Raw(posts),
            "left_out": left_out,
        }
        self._rooms.emit(names.EVENT_POSTS, data, names.room(frame.stream_id), but)

    def _capped(self, frame: Frame) -> tuple[bytes, int]:
        """Cut a frame down to what a room may still get in this second; say how many were cut."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._sent = second, {}
        sent = self._sent.get(frame.stream_id, 0)
        allowed = max(0, self._cap - sent)
        self._sent[frame.stream_id] = sent + min(frame.count, allowed)
        if frame.count <= allowed:
            return frame.posts, 0
        kept = msgspec.json.decode(frame.posts, type=list[msgspec.Raw])[:allowed]
        return msgspec.json.encode(kept), frame.count - allowed

    def _floor(self, stream_id: str, sids: list[str], seq: int) -> None:
        until = self._clock() + FLOOR_SECONDS
        self._floors.setdefault(stream_id, {}).update(dict.fromkeys(sids, (seq, until)))

    def _behind(self, frame: Frame) -> list[str]:
        """Sockets that were given this frame's posts already, when they joined."""
        floors = self._floors.get(frame.stream_id)
        if floors is None:
            return []
        now = self._clock()
        behind = [sid for sid, (seq, until) in floors.items() if frame.seq <= seq and now < until]
        if not behind:
            del self._floors[frame.stream_id]
        return behind


def _joined(arrays: list[bytes]) -> bytes:
    """Join JSON arrays into one."""
    return b"[" + b",".join(array[1:-1] for array in arrays if array != b"[]") + b"]"
