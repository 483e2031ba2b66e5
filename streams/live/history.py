"""Recent history of a stream: the last posts, the totals, the counts by second."""

from collections.abc import Mapping, Sequence

import msgspec
import redis

from streams import names
from streams.post import COUNT_KINDS


class RecentPosts(msgspec.Struct, frozen=True):
    """`posts` is a JSON array, oldest first; `missed` posts lie before it, past the ring."""

    seq: int
    posts: bytes
    missed: int


class SecondCounts(msgspec.Struct, frozen=True):
    """Posts by label in one second (seconds since the epoch).

    `left_out` counts those of `not_labelled` that no viewer was shown.
    """

    at: int
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unknown: int = 0
    not_labelled: int = 0
    left_out: int = 0


def recent(client: redis.Redis, stream_id: str, since: int | None, limit: int) -> RecentPosts:
    """Return the posts after `since`, or the last `limit` ones when `since` is None.

    A `since` ahead of the stream's number means that the counters began anew: the ring is
    returned as far as `limit` goes.
    """
    with client.pipeline(transaction=True) as pipe:
        pipe.hget(names.live_key(stream_id), "seq")
        pipe.lrange(names.ring_key(stream_id), -limit, -1)
        number, ring = pipe.execute()
    seq = int(number or 0)
    ring = ring if limit > 0 else []  # Redis takes a range from -0 for the whole list
    if since is None or since > seq:
        return RecentPosts(seq, _array(ring), 0)
    wanted = seq - since
    kept = ring[max(0, len(ring) - wanted) :]
    return RecentPosts(seq, _array(kept), wanted - len(kept))


class _Id(msgspec.Struct):
    id: str


def post_ids(posts: bytes) -> list[str]:
    """Return the ids in a JSON array of posts."""
    return [each.id for each in msgspec.json.decode(posts, type=list[_Id])]


def totals(client: redis.Redis, stream_id: str) -> dict[str, int]:
    """Count the posts of a stream by label, and their sum as `posts`: shown or not.

    `left_out` counts those of `not_labelled` that no viewer was shown.
    """
    fields = (*COUNT_KINDS, "left_out")
    values = [int(value or 0) for value in client.hmget(names.live_key(stream_id), fields)]
    return {"posts": sum(values[:-1]), **dict(zip(fields, values, strict=True))}


def unseeded(client: redis.Redis, stream_ids: Sequence[str]) -> list[str]:
    """Name the streams whose totals Redis holds without what was counted before it knew them."""
    with client.pipeline(transaction=False) as pipe:
        for stream_id in stream_ids:
            pipe.hexists(names.live_key(stream_id), "seeded")
        answers = pipe.execute()
    return [key for key, seeded in zip(stream_ids, answers, strict=True) if not seeded]


def seed(client: redis.Redis, stream_id: str, counts: Mapping[str, int]) -> None:
    """Add the totals that SQL remembers to those that Redis counted since it began anew."""
    key = names.live_key(stream_id)
    if not client.hsetnx(key, "seeded", 1):
        return
    with client.pipeline(transaction=True) as pipe:
        pipe.hincrby(key, "seq", sum(counts.get(kind, 0) for kind in COUNT_KINDS))
        for field in (*COUNT_KINDS, "left_out"):
            pipe.hincrby(key, field, counts.get(field, 0))
        pipe.execute()


def series(client: redis.Redis, stream_id: str, now: int, seconds: int) -> list[SecondCounts]:
    """Return the seconds up to `now` that have posts, oldest first, at most two hours back."""
    first = now - min(seconds, 7200) + 1
    minutes = range(first // 60, now // 60 + 1)
    with client.pipeline(transaction=False) as pipe:
        for minute in minutes:
            pipe.hgetall(names.second_key(stream_id, minute))
        answers = pipe.execute()
    counts: dict[int, dict[str, int]] = {}
    for minute, fields in zip(minutes, answers, strict=True):
        for field, count in fields.items():
            second, label = field.decode().split(":")
            counts.setdefault(minute * 60 + int(second), {})[label] = int(count)
    return [SecondCounts(at, **counts[at]) for at in sorted(counts) if first <= at <= now]


def forget(client: redis.Redis, stream_id: str) -> None:
    """Drop what Redis holds of a stream; its counts by second lapse by themselves."""
    client.delete(names.live_key(stream_id), names.ring_key(stream_id))


def _array(posts: list[bytes]) -> bytes:
    return b"[" + b",".join(posts) + b"]"
