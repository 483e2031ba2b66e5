"""Recent history of a stream: the last posts, the totals, the counts by second."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import redis

from streams import names
from streams.post import COUNT_KINDS, PART_COUNTS

_SEED = """
if redis.call('hsetnx', KEYS[1], 'seeded', 1) == 0 then return 0 end
for at = 1, #ARGV, 2 do redis.call('hincrby', KEYS[1], ARGV[at], ARGV[at + 1]) end
return 1
"""


class RecentPosts(msgspec.Struct, frozen=True):
    """`posts` is a JSON array, oldest first; `missed` posts lie before it, past the ring.

    `epoch` is what `seq` is numbered in, empty before the first post. Where `continues` is false,
    numbers prove nothing: `posts` are the recent ones, and `missed` is not known.
    """

    seq: int
    posts: bytes
    missed: int
    epoch: str = ""
    continues: bool = True


class SecondCounts(msgspec.Struct, frozen=True):
    """Posts by label in one second (seconds since the epoch).

    `left_out` counts those of `not_labelled` that no viewer was shown, `accurate` those that the
    accurate model labelled.
    """

    at: int
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unknown: int = 0
    not_labelled: int = 0
    left_out: int = 0
    accurate: int = 0


def recent(
    client: redis.Redis, stream_id: str, since: int | None, limit: int, epoch: str | None = None
) -> RecentPosts:
    """Return the posts after `since` in `epoch`, or the last `limit` ones when `since` is None.

    A number of another epoch, or ahead of the stream's, means that Redis lost its numbers: the
    ring is returned as far as `limit` goes. Without an epoch, numbers are compared all the same,
    and prove nothing.
    """
    with client.pipeline(transaction=True) as pipe:
        pipe.hmget(names.live_key(stream_id), "seq", "epoch")
        pipe.lrange(names.ring_key(stream_id), -limit, -1)
        (number, named), ring = pipe.execute()
    seq, now_in = int(number or 0), (named or b"").decode()
    ring = ring if limit > 0 else []  # Redis takes a range from -0 for the whole list
    if since is None or since > seq or epoch not in (None, now_in):
        return RecentPosts(seq, _array(ring), 0, now_in, continues=since is None)
    wanted = seq - since
    kept = ring[max(0, len(ring) - wanted) :]
    missed = wanted - len(kept)
    return RecentPosts(seq, _array(kept), missed, now_in, continues=epoch is not None)


class RingAuthor(msgspec.Struct):
    """Who wrote a post of the ring."""

    id: str


class RingEntry(msgspec.Struct):
    """Identifies a post of the ring; a deleted one has its id alone."""

    id: str
    author: RingAuthor | None = None
    replaces: tuple[str, ...] = ()


def ring_entries(client: redis.Redis, stream_id: str, limit: int) -> list[RingEntry]:
    """Return the last posts that viewers of a stream got, `limit` at most; oldest first."""
    ring = recent(client, stream_id, None, limit)
    return msgspec.json.decode(ring.posts, type=list[RingEntry])


def totals(
    client: redis.Redis, stream_id: str, remembered: Callable[[], Mapping[str, int]] = dict
) -> dict[str, int]:
    """Count the posts of a stream by label, and their sum as `posts`: shown or not.

    `left_out` counts those of `not_labelled` that no viewer was shown, `accurate` those that the
    accurate model labelled. A Redis that began anew has only what came since, until it is seeded;
    `remembered` gives what SQL holds of the time before.
    """
    fields = (*COUNT_KINDS, *PART_COUNTS)
    *values, seeded = client.hmget(names.live_key(stream_id), *fields, "seeded")
    before = {} if seeded else remembered()
    counts: dict[str, int] = {
        field: int(value or 0) + before.get(field, 0)
        for field, value in zip(fields, values, strict=True)
    }
    return {"posts": sum(counts[kind] for kind in COUNT_KINDS), **counts}


def unseeded(client: redis.Redis, stream_ids: Sequence[str]) -> list[str]:
    """Name the streams whose totals Redis holds without what was counted before it knew them."""
    with client.pipeline(transaction=False) as pipe:
        for stream_id in stream_ids:
            pipe.hexists(names.live_key(stream_id), "seeded")
        answers = pipe.execute()
    return [key for key, seeded in zip(stream_ids, answers, strict=True) if not seeded]


def seed(client: redis.Redis, stream_id: str, counts: Mapping[str, int]) -> None:
    """Add the totals that SQL remembers to those that Redis counted since it began anew, once."""
    fields: list[str | int] = []
    for field in (*COUNT_KINDS, *PART_COUNTS):
        fields += [field, counts.get(field, 0)]
    client.register_script(_SEED)(keys=[names.live_key(stream_id)], args=fields)


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
