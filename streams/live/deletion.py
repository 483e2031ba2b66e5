"""Deletion of posts that Redis holds or will relay, and the message to dashboards."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from importlib.resources import files
from typing import TypeVar

import msgspec
import redis

from streams import names

_SCRIPT = "".join(
    files("streams.live").joinpath(name).read_text() for name in ("deleted.lua", "erase.lua")
)
REMEMBERED = 86_400
"""Seconds for which a deleted post that is still in transit becomes a tombstone."""
AT_ONCE = 1000
"""Posts in one script and in one event."""

T = TypeVar("T")


class DeletedPosts(msgspec.Struct, frozen=True):
    """The message to viewers of a stream: the posts of these ids and of these authors are gone."""

    stream: str
    ids: list[str]
    authors: list[str] = []


def erase(
    client: redis.Redis,
    stream_id: str,
    posts: Iterable[str],
    authors: Iterable[str],
    asked_at: int,
) -> int:
    """Delete posts from a stream's ring, and those of authors received up to `asked_at` (ms).

    They become tombstones, so that sequence numbers stay true, and viewers get a message. Safe to
    repeat; returns how many posts became tombstones now.
    """
    script = client.register_script(_SCRIPT)
    keys = [names.ring_key(stream_id), names.deleted_key(stream_id)]
    count = 0
    for named, by in _portions(sorted(posts), sorted(authors)):
        pairs: list[str | int] = [REMEMBERED]
        for post_id in named:
            pairs += [post_id, 0]
        for author in by:
            pairs += ["@" + author, asked_at]
        erased = [each.decode() for each in script(keys=keys, args=pairs)]
        count += len(erased)
        message = DeletedPosts(stream_id, list(dict.fromkeys([*named, *erased])), by)
        client.publish(names.CHANNEL_DELETED, msgspec.json.encode(message))
    return count


def erase_from_all(
    client: redis.Redis,
    stream_ids: Iterable[str],
    posts: Collection[str],
    authors: Collection[str],
    asked_at: int,
) -> int:
    """Delete posts from the rings of several streams; returns how many became tombstones."""
    if not posts and not authors:
        return 0
    return sum(erase(client, each, posts, authors, asked_at) for each in stream_ids)


def decoded(message: bytes) -> DeletedPosts:
    """Read a published message; raises msgspec.DecodeError for anything else."""
    return msgspec.json.decode(message, type=DeletedPosts)


def erased(posts: bytes) -> list[str]:
    """Name the tombstones in a JSON array of posts."""
    if b'"deleted":true' not in posts:
        return []
    return [each.id for each in msgspec.json.decode(posts, type=list[_Entry]) if each.deleted]


class _Entry(msgspec.Struct):
    id: str
    deleted: bool = False


def _portions(posts: list[str], authors: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Cut into pairs that are not too long, neither of them empty both ways."""
    for at in range(0, max(len(posts), len(authors)), AT_ONCE):
        yield _cut(posts, at), _cut(authors, at)


def _cut(values: Sequence[T], at: int) -> list[T]:
    return list(values[at : at + AT_ONCE])
