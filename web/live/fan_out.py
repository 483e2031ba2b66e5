"""Fan-out: sends each message of the relay (one per batch) on to the rooms of this process."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
import msgspec
from redis import Redis

from streams import names
from streams.live import LiveStoreError, deletion, edits, history
from streams.live.deletion import DeletedPosts
from streams.live.edits import EditedPosts
from streams.live.history import RecentPosts
from streams.live.relay import Frame, split
from web.live.frame_pacer import FramePacer, RoomFrame, concatenate
from web.live.rooms import Rooms
from web.live.shown_part import Reason, ShownParts

log = logging.getLogger(__name__)

SKIP_SECONDS = 5
"""How long a frame that a new viewer already has may still be under way from Redis."""


class FanOut:
    """Sends each frame once to each room that has members, without decoding its posts.

    `legacy_events` turns a JSON array of posts into the `json` events of the existing dashboard.
    """

    def __init__(
        self,
        client: Redis,
        rooms: Rooms,
        posts_per_second: int,
        ring_posts: int,
        legacy_events: Callable[[bytes], list[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = client
        self._rooms = rooms
        self._cap = posts_per_second
        self._ring_posts = ring_posts
        self._legacy_events = legacy_events
        self._clock = clock
        self.shown_parts = ShownParts(clock)
        """What viewers get of each stream that somebody watches here."""
        self._muted: set[str] = set()
        self._held: dict[str, list[list[Frame | EditedPosts]]] = {}
        self._skips: dict[str, dict[str, tuple[str, int, float]]] = {}
        self._last: dict[str, tuple[str, int]] = {}
        """By stream, the epoch and the number of the last post that its room got."""
        self._second = 0
        self._sent: dict[str, int] = {}
        self._pacer = FramePacer(
            self._emit,
            viewers=lambda key: rooms.size(names.room(key)),
            everybody=lambda: rooms.size(None),
            later=gevent.spawn_later,
            clock=clock,
        )

    def mute(self, stream_id: str) -> None:
        """Drop a stream's frames from now on: its owner has stopped it."""
        self._muted.add(stream_id)
        self._pacer.drop(stream_id)

    def unmute(self, stream_id: str) -> None:
        """Send a stream's frames again."""
        self._muted.discard(stream_id)

    @contextmanager
    def holding(self, stream_id: str) -> Iterator[list[Frame | EditedPosts]]:
        """Collect the frames and edits of a stream that arrive while the block runs."""
        held: list[Frame | EditedPosts] = []
        self._held.setdefault(stream_id, []).append(held)
        try:
            yield held
        finally:
            self._held[stream_id].remove(held)
            if not self._held[stream_id]:
                del self._held[stream_id]

    def join(
        self, sid: str, stream_id: str, recent: RecentPosts, held: list[Frame | EditedPosts]
    ) -> RecentPosts:
        """Add a socket to a room and return `recent` plus what follows it in `held`.

        Nothing here yields, so the next frame to the room follows what is returned. Frames that
        `recent` already holds and that are still under way are not sent to this socket.
        """
        frames = [each for each in held if isinstance(each, Frame)]
        epoch = recent.epoch or (frames[-1].epoch if frames else "")
        late = [frame for frame in frames if frame.epoch == epoch and frame.seq > recent.seq]
        seq = late[-1].seq if late else recent.seq
        room = names.room(stream_id)
        self._pacer.flush(stream_id)  # the new one has these posts, and is not in the room yet
        if not self._rooms.has(room):
            self._last[stream_id] = epoch, seq
        self._rooms.enter(sid, room)
        self._skip(stream_id, [sid], epoch, seq)
        posts = concatenate([recent.posts, *(frame.posts for frame in late)])
        posts = edits.applied(posts, [each for each in held if isinstance(each, EditedPosts)])
        return msgspec.structs.replace(recent, seq=seq, posts=posts, epoch=epoch)

    def run(self) -> None:
        """Listen for ever, and again after Redis was away."""
        while True:
            try:
                self._listen()
            except LiveStoreError as error:
                log.warning("lost the Redis channel of frames, reconnecting: %s", error)
            gevent.sleep(0.5)

    def handle(self, message: bytes) -> None:
        """Send on the frames of one published message."""
        try:
            for frame in split(message):
                self._send(frame)
        except ValueError as error:
            log.error("dropped an unreadable message on the channel of frames: %s", error)

    def handle_deleted(self, message: bytes) -> None:
        """Send on one published message about deleted posts."""
        try:
            self.send_deleted(deletion.decoded(message))
        except ValueError as error:
            log.error("dropped an unreadable message on the channel of deletions: %s", error)

    def send_deleted(self, deleted: DeletedPosts) -> None:
        """Tell the viewers of a stream, stopped or not, which posts to remove."""
        room = names.room(deleted.stream)
        self._pacer.flush(deleted.stream)  # what is removed comes before its removal
        if self._rooms.has(room) and (deleted.ids or deleted.authors):
            self._rooms.emit(names.EVENT_DELETED, msgspec.to_builtins(deleted), room)

    def handle_edited(self, message: bytes) -> None:
        """Send on one published message about later versions of posts."""
        try:
            self.send_edited(edits.decoded(message))
        except ValueError as error:
            log.error("dropped an unreadable message on the channel of edits: %s", error)

    def send_edited(self, edited: EditedPosts) -> None:
        """Tell the viewers of a stream which posts have a later version, unless it is muted.

        The existing dashboard client hears nothing: it would count the post once more.
        """
        if edited.stream in self._muted or not edited.posts:
            return
        for held in self._held.get(edited.stream, ()):
            held.append(edited)
        room = names.room(edited.stream)
        self._pacer.flush(edited.stream)  # an earlier version comes before a later one
        if self._rooms.has(room):
            posts = [
                {"was": each.was, "at": each.at, "post": msgspec.Raw(each.post)}
                for each in edited.posts
            ]
            self._rooms.emit(names.EVENT_EDITED, {"stream": edited.stream, "posts": posts}, room)

    def _listen(self) -> None:
        channels = {
            names.CHANNEL_DELETED.encode(): self.handle_deleted,
            names.CHANNEL_EDITED.encode(): self.handle_edited,
            names.CHANNEL_FRAMES.encode(): self.handle,
        }
        with self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
            pubsub.subscribe(*channels)
            while True:
                message = pubsub.get_message(timeout=5)
                if message is None:
                    continue
                if message["type"] == "subscribe":
                    if message["channel"] == names.CHANNEL_FRAMES.encode():
                        self._catch_up()
                else:
                    channels[message["channel"]](message["data"])

    def _catch_up(self) -> None:
        """After an interruption, send each room what the ring buffer kept meanwhile."""
        for stream_id in self._rooms.watched():
            self._pacer.flush(stream_id)
            ring = history.recent(self._redis, stream_id, None, self._ring_posts)
            self.send_deleted(DeletedPosts(stream_id, deletion.erased(ring.posts)))
            self.send_edited(EditedPosts(stream_id, edits.edited(ring.posts)))
            epoch, seq = self._last.get(stream_id, (None, 0))
            if epoch is None or stream_id in self._muted:
                continue
            recent = history.recent(self._redis, stream_id, seq, self._ring_posts, epoch)
            if recent.seq > seq or (recent.epoch and not recent.continues):
                now_in = recent.epoch
                self._emit(RoomFrame(stream_id, now_in, recent.seq, recent.posts, recent.missed))
                members = self._rooms.members(names.room(stream_id))
                self._skip(stream_id, members, now_in, recent.seq)

    def _send(self, frame: Frame) -> None:
        if frame.stream_id in self._muted:
            return
        for held in self._held.get(frame.stream_id, ()):
            held.append(frame)
        has_viewers = self._rooms.has(names.room(frame.stream_id))
        legacy_room = names.legacy_room(frame.stream_id)
        has_legacy = self._rooms.has(legacy_room)
        if not has_viewers and not has_legacy:
            return
        posts, left_out = self._capped(frame)
        reason: Reason = "taggers_behind" if frame.posts == b"[]" else "viewer_limit"
        self.shown_parts.add(frame.stream_id, frame.count - left_out, left_out, reason)
        if has_viewers:
            self._show(RoomFrame(frame.stream_id, frame.epoch, frame.seq, posts, left_out))
        if has_legacy:
            for event in self._legacy_events(posts):
                self._rooms.emit(names.EVENT_LEGACY_POST, event, legacy_room)

    def _show(self, frame: RoomFrame) -> None:
        """Send a frame at the room's pace, or at once while some sockets must not get it."""
        if skip := self._already_sent(frame):
            self._pacer.flush(frame.stream_id)
            self._emit(frame, skip)
        else:
            self._pacer.add(frame)

    def _emit(self, frame: RoomFrame, skip: list[str] | None = None) -> None:
        self._last[frame.stream_id] = frame.epoch, frame.seq
        data = {
            "stream": frame.stream_id,
            "epoch": frame.epoch,
            "seq": frame.seq,
            "posts": msgspec.Raw(frame.posts),
            "left_out": frame.left_out,
        }
        self._rooms.emit(names.EVENT_POSTS, data, names.room(frame.stream_id), skip)

    def _capped(self, frame: Frame) -> tuple[bytes, int]:
        """Return what a room may still get in this second, and how many posts were left out."""
        if frame.posts == b"[]":
            return frame.posts, frame.count
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

    def _skip(self, stream_id: str, sids: list[str], epoch: str, seq: int) -> None:
        until = self._clock() + SKIP_SECONDS
        self._skips.setdefault(stream_id, {}).update(dict.fromkeys(sids, (epoch, seq, until)))

    def _already_sent(self, frame: RoomFrame) -> list[str]:
        """Return the sockets that already got this frame's posts when they joined."""
        skips = self._skips.get(frame.stream_id)
        if skips is None:
            return []
        now = self._clock()
        skipped = [
            sid
            for sid, (epoch, seq, until) in skips.items()
            if frame.epoch == epoch and frame.seq <= seq and now < until
        ]
        if not skipped:
            del self._skips[frame.stream_id]
        return skipped
