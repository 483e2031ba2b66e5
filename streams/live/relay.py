"""The relay: numbers, keeps, counts and publishes tagged batches, each once, in one script."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

import msgspec
import redis

from streams import names
from streams.batch import Batch
from streams.live.held_connection import HeldConnection
from streams.post import COUNT_KINDS, Post, count_kind, is_accurate


def _script(*names: str) -> str:
    return "".join(files("streams.live").joinpath(name).read_text() for name in names)


_SCRIPT = _script("deleted.lua", "edited.lua", "epoch.lua", "relay.lua")
_LEFT_OUT = _script("epoch.lua", "left_out.lua")


class Frame(msgspec.Struct, frozen=True):
    """`posts` is a JSON array of `count` posts; `seq` is the number of its last post in `epoch`.

    An empty array with a count tells of posts that were captured and counted, and are not shown.
    """

    stream_id: str
    epoch: str
    seq: int
    count: int
    posts: bytes


class Relay:
    """The sending end, used by taggers and collectors."""

    def __init__(self, client: redis.Redis, ring_posts: int) -> None:
        self._redis = HeldConnection(client)
        self._push = client.register_script(_SCRIPT)
        self._count = client.register_script(_LEFT_OUT)
        self._ring_posts = ring_posts

    def push(self, batch: Batch, second: int) -> bool:
        """Relay the tagged posts of a batch; False when that batch was relayed before.

        A later version of a post takes its place in the ring, and its label that in the counts.
        `second` is the time now, in seconds since the epoch. One round trip and one PUBLISH,
        whatever the number of streams.
        """
        second = second if batch.counted_at is None else batch.counted_at
        keys = [
            names.relayed_key(batch.id),
            names.done_key(batch.slot, batch.fence),
            names.minutes_key(batch.slot),
            names.batch_key(batch.id),
            names.attempts_key(batch.id),
        ]
        args: list[str | bytes | int] = []
        args += [names.CHANNEL_FRAMES, self._ring_posts, second, batch.number]
        args += [_new_epoch(), names.pending_field(batch.id), names.CHANNEL_EDITED]
        encoded = [msgspec.json.encode(post) for post in batch.posts]
        for stream_id, indices in _by_stream(batch.routes).items():
            new = [i for i in indices if batch.posts[i].edited is not True]
            keys += _keys_of(stream_id, second // 60)
            args += [stream_id, names.seconds_prefix(stream_id), len(new)]
            args += _counts([batch.posts[i] for i in new])
            args += [encoded[i] for i in new]
            args.append(len(indices) - len(new))
            for i in indices if len(new) < len(indices) else ():
                if (post := batch.posts[i]).edited is True:
                    known = int(stream_id in batch.edits.get(i, ()))
                    args += [known, count_kind(post), len(post.ids), *post.ids, encoded[i]]
        return bool(self._redis.run(self._push, keys, args))

    def count_left_out(
        self, slot: str, counts: Mapping[str, Mapping[str, int]], second: int
    ) -> None:
        """Count captured posts that no dashboard gets, by batch and stream, and tell the viewers.

        They count as `not_labelled`, and again as `left_out`. A batch that was relayed, or counted
        before, does not count; what has no batch has a token in place of its id.
        """
        stream_ids = list(dict.fromkeys(key for posts in counts.values() for key in posts))
        number_of = {stream_id: number for number, stream_id in enumerate(stream_ids, 1)}
        keys = [names.minutes_key(slot)]
        for stream_id in stream_ids:
            keys += [names.live_key(stream_id), names.second_key(stream_id, second // 60)]
        args: list[str | int] = [names.CHANNEL_FRAMES, second, _new_epoch()]
        args += [len(stream_ids), *stream_ids]
        for token, posts in counts.items():
            keys.append(names.relayed_key(token))
            args += [names.pending_field(token), len(posts)]
            for stream_id, count in posts.items():
                args += [number_of[stream_id], count]
        self._count(keys=keys, args=args)


def _new_epoch() -> str:
    return secrets.token_hex(4)


def _keys_of(stream_id: str, minute: int) -> tuple[str, str, str, str]:
    return (
        names.live_key(stream_id),
        names.ring_key(stream_id),
        names.second_key(stream_id, minute),
        names.deleted_key(stream_id),
    )


def _by_stream(routes: Sequence[tuple[str, ...]]) -> dict[str, list[int]]:
    indices: dict[str, list[int]] = {}
    for index, stream_ids in enumerate(routes):
        for stream_id in stream_ids:
            indices.setdefault(stream_id, []).append(index)
    return indices


def _counts(posts: Sequence[Post]) -> list[int]:
    kinds = [count_kind(post) for post in posts]
    return [*map(kinds.count, COUNT_KINDS), sum(map(is_accurate, posts))]


def split(message: bytes) -> Iterator[Frame]:
    """Split a published message into frames without decoding any post."""
    for line in message.split(b"\n"):
        stream_id, epoch, seq, count, posts = line.split(b" ", 4)
        yield Frame(stream_id.decode(), epoch.decode(), int(seq), int(count), posts)


def relayed(connection: HeldConnection, slot: str, fence: int, seconds: float) -> list[int]:
    """Wait up to `seconds` for batches of a collector to be relayed; return their numbers."""
    first = connection.ask_one(("BLPOP", names.done_key(slot, fence), seconds))
    return [] if first is None else [int(first[1])]
