"""Later versions of posts that viewers have: the message to dashboards, and the ring's share."""

from collections.abc import Sequence

import msgspec

from streams.post import CountKind


class EditedPost(msgspec.Struct, frozen=True):
    """A later version of a post, as JSON. `was` is the kind that the post was counted as before,
    in the second `at` (since the epoch); None when the counts stay as they are."""

    post: msgspec.Raw
    was: CountKind | None = None
    at: int | None = None


class EditedPosts(msgspec.Struct, frozen=True):
    """The message to viewers of a stream: these posts take the place of their earlier versions."""

    stream: str
    posts: list[EditedPost]


class _Versions(msgspec.Struct):
    id: str
    edited: bool = False
    replaces: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        return frozenset((self.id, *self.replaces))


def decoded(message: bytes) -> EditedPosts:
    """Read a published message; raises msgspec.DecodeError for anything else."""
    return msgspec.json.decode(message, type=EditedPosts)


def edited(posts: bytes) -> list[EditedPost]:
    """Return the posts of a JSON array that are later versions."""
    if b'"edited":true' not in posts:
        return []
    entries = msgspec.json.decode(posts, type=list[msgspec.Raw])
    return [EditedPost(msgspec.Raw(raw)) for raw in entries if _versions(raw).edited]


def applied(posts: bytes, edits: Sequence[EditedPosts]) -> bytes:
    """Put later versions in the places of the earlier ones in a JSON array of posts."""
    later = [each.post for message in edits for each in message.posts]
    if not later:
        return posts
    entries = msgspec.json.decode(posts, type=list[msgspec.Raw])
    for post in later:
        ids = _versions(post).ids
        entries = [post if _versions(raw).id in ids else raw for raw in entries]
    return msgspec.json.encode(entries)


def _versions(raw: msgspec.Raw) -> _Versions:
    return msgspec.json.decode(raw, type=_Versions)
