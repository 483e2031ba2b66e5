"""Finds deleted posts in lines of any format: lines to remove, and copies inside other lines."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from streams.deletion import DeletionOrder
from streams.plan import OnDeletion
from workers.captures.redaction.post_fields import (
    NAMES,
    account_id_of,
    author_of,
    id_of,
    is_empty,
    is_post,
    repeats_of,
    versions_of,
    written_forms,
)
from workers.captures.segments.envelope import (
    EnvelopeError,
    EnvelopeRecord,
    is_base64,
    unwrap,
    wrap,
)

_STRING = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"')
"""Every string of a JSON line: an id cannot stand anywhere else, whatever the format."""
_NUMBER = re.compile(rb"(?<=[:\[,\s])\d+(?=[,\]}\s])")
"""Ids that a tool wrote as numbers."""
_OF_OTHERS = {"account", "payload", "did", "uri"}
"""Keys of lines that hold posts of Mastodon and Bluesky; lines of X have none of them."""

CLOCKS = 86_400_000
"""Milliseconds by which a machine's clock may be wrong."""
X_EPOCH = 1_288_834_974_657


def made_at(post_id: str) -> int:
    """Return when a post of X was created (ms), from its id; 0 for ids that do not say."""
    if not (post_id.isascii() and post_id.isdigit() and 15 < len(post_id) < 20):
        return 0
    return (int(post_id) >> 22) + X_EPOCH


class FoundPosts(msgspec.Struct):
    """What one order found: ids of lines to remove, copies inside lines that stay."""

    lines: list[str]
    copies: int
    posts: set[str]
    authors: set[str]


class _Removed(msgspec.Struct, frozen=True):
    """Marks what was removed from a JSON value."""


_REMOVED = _Removed()


class PostMatcher:
    """Matches the orders of one account together; a post counts for the first that names it.

    In a collection of `marking`, lines of posts that a platform says are deleted stay, and are
    marked; a post that somebody asked to delete goes all the same.
    """

    def __init__(self, orders: Sequence[DeletionOrder], marking: Collection[str] = ()) -> None:
        self.orders = {order.id: order for order in orders}
        self._marking = frozenset(marking)
        self._marks = False
        self._posts: dict[str, list[DeletionOrder]] = {}
        self._authors: dict[str, list[DeletionOrder]] = {}
        for order in orders:
            for post in order.posts:
                self._posts.setdefault(post, []).append(order)
            for author in order.authors:
                self._authors.setdefault(author, []).append(order)
        self.wanted_ids = {
            form.encode() for each in (*self._posts, *self._authors) for form in written_forms(each)
        }
        """Grows by the other versions of a post that was edited: all go when one does."""

    def enter(self, collection: str) -> None:
        """Match lines of a collection from now on."""
        self._marks = collection in self._marking

    def action_of(self, order: DeletionOrder) -> OnDeletion:
        """Return what an order does to lines of the collection that was entered."""
        return "mark" if self._marks and order.by_platform else "redact"

    def may_lie_in(self, last_received_at: int | None) -> bool:
        """Return whether a segment may hold a match: no post is received before it is created."""
        if self._authors or last_received_at is None:
            return True
        return any(made_at(post) - CLOCKS < last_received_at for post in self._posts)

    def kept_lines(self, lines: Iterable[bytes], found: dict[str, FoundPosts]) -> Iterator[bytes]:
        """Yield the lines that stay, line ends included; record matches in `found`, by order."""
        wanted_ids = self.wanted_ids
        for line in lines:
            named = not wanted_ids.isdisjoint(_STRING.findall(line))
            if not named and wanted_ids.isdisjoint(_NUMBER.findall(line)) and not is_base64(line):
                yield line
            else:
                yield from self._redact_line(line, found)

    def _learn(self, versions: dict[str, list[DeletionOrder]]) -> None:
        """Look for the other versions of edited posts, too, from here on."""
        for post, orders in versions.items():
            if self._posts.setdefault(post, orders) is orders:
                self.wanted_ids.update(form.encode() for form in written_forms(post))

    def mentioned_in(self, data: bytes) -> list[bytes]:
        """List the wanted ids in an incomplete line, which cannot be read as a post."""
        wanted = (*self._posts, *self._authors)
        return [
            each.encode()
            for each in wanted
            if any(f'"{form}"'.encode() in data for form in written_forms(each))
        ]

    def record_unreadable(self, word: str, found: dict[str, FoundPosts]) -> None:
        """Record that an unreadable line with this id was removed."""
        for order in self._posts.get(word, ()):
            _note(found, order).posts.add(word)
        for order in self._authors.get(word, ()):
            _note(found, order).authors.add(word)
        first = (self._posts.get(word) or self._authors[word])[0]
        _note(found, first).lines.append(word)

    def _redact_line(self, line: bytes, found: dict[str, FoundPosts]) -> Iterator[bytes]:
        try:
            record = unwrap(line.rstrip(b"\r\n"))
            value = msgspec.json.decode(record.raw)
            match = _LineMatch(self._posts, self._authors, record)
            match.scan(value)
            self._learn(match.versions)
            left = match.without(value) if match.posts or match.users else value
        except (EnvelopeError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield from self._redact_unreadable(line, found)
            return
        if left is value:
            yield line
            return
        named = record.id in match.posts or record.edit_of in match.posts
        whole = named or isinstance(left, _Removed) or is_empty(left)
        if all(self.action_of(order) == "mark" for order in match.orders()):
            yield from self._mark(line, record, match, found, whole)
            return
        match.note(found, record.id or id_of(value), whole)
        if not whole:
            yield _rewrapped(line, record, msgspec.json.encode(left))

    def _mark(
        self,
        line: bytes,
        record: EnvelopeRecord,
        match: "_LineMatch",
        found: dict[str, FoundPosts],
        whole: bool,
    ) -> Iterator[bytes]:
        """Mark the line of a deleted post, once; copies in lines of other posts stay."""
        if not whole or record.received_at is None or record.deleted_at is not None:
            yield line
            return
        match.note(found, record.id or record.edit_of or "", whole)
        yield _rewrapped(line, record, record.raw, match.heard_at())

    def _redact_unreadable(self, line: bytes, found: dict[str, FoundPosts]) -> Iterator[bytes]:
        """Remove an unreadable line that contains a wanted id: what else it holds is unknown."""
        seen = line
        if is_base64(line):
            try:
                record = unwrap(line.rstrip(b"\r\n"))
                seen = b'"%b" ' % (record.id or "").encode() + record.raw
            except EnvelopeError:
                seen = line
        named = self.mentioned_in(seen)
        word = named[0].decode() if named else ""
        orders = (*self._posts.get(word, ()), *self._authors.get(word, ()))
        if any(self.action_of(order) == "redact" for order in orders):
            self.record_unreadable(word, found)
        else:
            yield line


class _LineMatch:
    """The matches in one line."""

    def __init__(
        self,
        posts: dict[str, list[DeletionOrder]],
        authors: dict[str, list[DeletionOrder]],
        record: EnvelopeRecord,
    ) -> None:
        self.posts: dict[str, list[DeletionOrder]] = {}
        """Posts to remove from the line by id, each with the orders that name it."""
        self.users: set[str] = set()
        """Authors who are described in the line, or wrote one of the posts."""
        self.versions: dict[str, list[DeletionOrder]] = {}
        """By id, other versions of the posts that go."""
        self._wanted = posts
        at = record.received_at or 0
        self._authors = {
            author: kept
            for author, orders in authors.items()
            if (kept := [order for order in orders if at <= order.asked_for(author)])
        }
        for named in (record.id, record.edit_of):
            if named is not None and named in posts:
                self.posts[named] = posts[named]
        self.copies = 0

    def orders(self) -> list[DeletionOrder]:
        """List the orders that name what was found."""
        by_author = (self._authors.get(user, ()) for user in self.users)
        return [order for each in (*self.posts.values(), *by_author) for order in each]

    def heard_at(self) -> int:
        """Return when the first of the found posts was announced as deleted (ms)."""
        named = (*self.posts, *self.users, *self.versions)
        return min(
            (
                order.heard_at[each]
                for order in self.orders()
                for each in named
                if each in order.heard_at
            ),
            default=min(order.asked_at for order in self.orders()),
        )

    def scan(self, node: Any) -> None:
        """Find the wanted posts and people in a JSON value."""
        if isinstance(node, list):
            for each in node:
                self.scan(each)
        if not isinstance(node, dict):
            return
        # What is inside, and what a line includes, is first: a repeat is known by what it repeats.
        for key in sorted(node, key="data".__eq__):
            self.scan(node[key])
        if is_post(node):
            author = author_of(node)
            orders = [*self._wanted.get(id_of(node), ()), *self._authors.get(author, ())]
            for repeated in repeats_of(node):
                orders += self._wanted.get(repeated, ()) or self.posts.get(repeated, ())
            versions = versions_of(node)
            for version in versions:
                orders += [each for each in self._wanted.get(version, ()) if each not in orders]
            if orders:
                self.versions |= dict.fromkeys(versions, orders)
                self.posts[id_of(node)] = orders
                self.users |= {author} & self._authors.keys()
        elif any(name in node for name in NAMES) and account_id_of(node) in self._authors:
            self.users.add(account_id_of(node))

    def without(self, node: Any) -> Any:
        """Copy a value without the matches; `_REMOVED` when nothing stays."""
        if isinstance(node, list):
            return [left for each in node if (left := self.without(each)) is not _REMOVED]
        if not isinstance(node, dict):
            return node
        if is_post(node):
            if id_of(node) in self.posts or any(r in self.posts for r in repeats_of(node)):
                self.copies += 1
                return _REMOVED
        elif any(name in node for name in NAMES) and account_id_of(node) in self._authors:
            return _REMOVED
        kept = {key: self.without(each) for key, each in node.items()}
        left = {key: each for key, each in kept.items() if each is not _REMOVED}
        is_empty = any(isinstance(kept.get(key), _Removed) for key in ("data", "payload"))
        return _REMOVED if is_empty else left

    def note(self, found: dict[str, FoundPosts], line_id: str, whole: bool) -> None:
        """Record matches by order; the line or copy counts for the first order."""
        orders = [order for each in self.posts.values() for order in each]
        orders = self.posts.get(line_id, []) + orders if whole else orders
        orders += [order for user in self.users for order in self._authors.get(user, ())]
        first = _note(found, orders[0])
        if whole:
            first.lines.append(line_id)
        else:
            first.copies += max(1, self.copies)
        for post, by in self.posts.items():
            for order in by:
                _note(found, order).posts.add(post)
        for user in self.users:
            for order in self._authors.get(user, ()):
                _note(found, order).authors.add(user)


def posts_of_x_in(line: bytes) -> list[str]:
    """Name the posts of X that a stored line holds, those inside others included."""
    try:
        record = unwrap(line.rstrip(b"\r\n"))
        value = msgspec.json.decode(record.raw)
        if isinstance(value, dict) and value.keys() & _OF_OTHERS:
            return []  # ids of Mastodon are numbers, too: X would take them for deleted posts
        inside = list(_posts_below(value))
    except (EnvelopeError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return list(dict.fromkeys(filter(None, [record.id, *inside])))


def _posts_below(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if is_post(node):
            yield id_of(node)
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _posts_below(each)


def _note(found: dict[str, FoundPosts], order: DeletionOrder) -> FoundPosts:
    return found.setdefault(order.id, FoundPosts([], 0, set(), set()))


def _rewrapped(
    line: bytes, record: EnvelopeRecord, raw: bytes, deleted_at: int | None = None
) -> bytes:
    """Put what stays of a raw line back into its envelope, with the mark that it has or gets."""
    if record.received_at is None:
        return raw + line[len(line.rstrip(b"\r\n")) :]
    return wrap(
        raw,
        record.received_at,
        record.id,
        record.rules_left_out,
        record.backfilled,
        edit_of=record.edit_of,
        version=record.version,
        deleted_at=record.deleted_at if deleted_at is None else deleted_at,
    )
