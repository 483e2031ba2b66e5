"""Deletion of what Redis holds: recent posts, posts on their way, and word to the dashboards."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from importlib.resources import files
from typing import TypeVar

import msgspec
import redis

from streams import names
from streams.deletion import DeletionOrder
from streams.store import Store

_SCRIPT = "".join(
    files("streams.live").joinpath(name).read_text() for name in ("forgotten.lua", "erase.lua")
)
REMEMBERED = 86_400
"""Seconds that a post which was on its way to the relay is still held back."""
AT_ONCE = 1000
"""Posts in one script and in one event."""

T = TypeVar("T")


class DeletedPosts(msgspec.Struct, frozen=True):
    """What the viewers of a stream are told: the posts of these ids, and of these authors."""

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

    They become tombstones, so that numbers stay true. Viewers are told. Safe to repeat; returns
    how many posts became tombstones now.
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
        decoded = DeletedPosts(stream_id, list(dict.fromkeys([*named, *erased])), by)
        client.publish(names.CHANNEL_DELETED, msgspec.json.encode(decoded))
    return count


def erase_recent(
    store: Store,
    client: redis.Redis,
    order: DeletionOrder,
    posts: Collection[str],
    authors: Collection[str],
) -> None:
    """Do that for all streams of an account, and write down how many posts it was."""
    if not posts and not authors:
        return
    streams = store.streams.of_account(order.account_id)
    count = sum(erase(client, each.id, posts, authors, order.asked_at) for each in streams)
    if count:
        store.deletions.recent(order.id, count)


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
