"""Finds deleted posts in lines of any format: lines to remove, and copies inside other lines."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from streams.deletion import DeletionOrder
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
_TEXTS = ("text", "full_text", "body", "content")
"""Where posts keep their text: those of X, Gnip's activities, Mastodon's statuses."""
_NAMES = ("username", "screen_name", "handle", "preferredUsername", "acct")
_AUTHORS = ("user", "author", "author_user", "actor", "account")
_GNIP_POST, _GNIP_USER = "tag:search.twitter.com,2005:", "id:twitter.com:"
_OF_OTHERS = {"account", "payload", "did", "uri"}
"""Keys of lines that hold posts of Mastodon and Bluesky; lines of X have none of them."""
_REPEATED = ("retweeted_status", "reblog")

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
    """Matches the orders of one account together; a post counts for the first that names it."""

    def __init__(self, orders: Sequence[DeletionOrder]) -> None:
        self.orders = {order.id: order for order in orders}
        self._posts: dict[str, list[DeletionOrder]] = {}
        self._authors: dict[str, list[DeletionOrder]] = {}
        for order in orders:
            for post in order.posts:
                self._posts.setdefault(post, []).append(order)
            for author in order.authors:
                self._authors.setdefault(author, []).append(order)
        self.wanted_ids = {
            form.encode() for each in (*self._posts, *self._authors) for form in _written(each)
        }
        """Grows by the other versions of a post that was edited: all go when one does."""

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
                self.wanted_ids.update(form.encode() for form in _written(post))

    def mentioned_in(self, data: bytes) -> list[bytes]:
        """List the wanted ids in an incomplete line, which cannot be read as a post."""
        wanted = (*self._posts, *self._authors)
        return [
            each.encode()
            for each in wanted
            if any(f'"{form}"'.encode() in data for form in _written(each))
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
        whole = record.id in match.posts or isinstance(left, _Removed) or _is_empty(left)
        match.note(found, record.id or _id_of(value), whole)
        if not whole:
            yield _rewrapped(line, record, msgspec.json.encode(left))

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
        if named:
            self.record_unreadable(named[0].decode(), found)
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
            if (kept := [order for order in orders if at <= order.asked_at])
        }
        if record.id in posts:
            self.posts[record.id] = posts[record.id]
        self.copies = 0

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
        if _is_post(node):
            author = _author_of(node)
            orders = [*self._wanted.get(_id_of(node), ()), *self._authors.get(author, ())]
            for repeated in _repeats(node):
                orders += self._wanted.get(repeated, ()) or self.posts.get(repeated, ())
            versions = _versions(node)
            for version in versions:
                orders += [each for each in self._wanted.get(version, ()) if each not in orders]
            if orders:
                self.versions |= dict.fromkeys(versions, orders)
                self.posts[_id_of(node)] = orders
                self.users |= {author} & self._authors.keys()
        elif any(name in node for name in _NAMES) and _account_id(node) in self._authors:
            self.users.add(_account_id(node))

    def without(self, node: Any) -> Any:
        """Copy a value without the matches; `_REMOVED` when nothing stays."""
        if isinstance(node, list):
            return [left for each in node if (left := self.without(each)) is not _REMOVED]
        if not isinstance(node, dict):
            return node
        if _is_post(node):
            if _id_of(node) in self.posts or any(r in self.posts for r in _repeats(node)):
                self.copies += 1
                return _REMOVED
        elif any(name in node for name in _NAMES) and _account_id(node) in self._authors:
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
        if _is_post(node):
            yield _id_of(node)
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _posts_below(each)


def _note(found: dict[str, FoundPosts], order: DeletionOrder) -> FoundPosts:
    return found.setdefault(order.id, FoundPosts([], 0, set(), set()))


def _written(id: str) -> Iterator[str]:
    """Yield the strings that an id is written as in lines."""
    yield id
    if id.startswith("at://"):
        yield id.rpartition("/")[2]  # Jetstream names repository, collection and record apart
    else:
        yield _GNIP_POST + id
        yield _GNIP_USER + id


def _is_post(node: dict[str, Any]) -> bool:
    """A mere reference has an id and no text."""
    holder = _commit_of(node) or node
    record = holder.get("record") or holder.get("value")
    if _id_of(node).startswith("at://") and isinstance(record, dict):
        return isinstance(record.get("text"), str)
    return any(isinstance(node.get(key), str) for key in _TEXTS) and bool(_id_of(node))


def _id_of(node: Any) -> str:
    if isinstance(node, dict):
        uri = node.get("uri")
        if commit := _commit_of(node):
            return f"at://{node['did']}/{commit.get('collection')}/{commit.get('rkey')}"
        if isinstance(uri, str) and uri.startswith("at://"):
            return uri
    return _plain_id(node).removeprefix(_GNIP_POST).removeprefix(_GNIP_USER)


def _commit_of(node: dict[str, Any]) -> dict[str, Any] | None:
    """Return the commit of an event of Jetstream; version 2 holds its fields beside the rest."""
    if "did" not in node:
        return None
    commit = node if "rkey" in node and "collection" in node else node.get("commit")
    return commit if isinstance(commit, dict) else None


def _plain_id(node: Any) -> str:
    found = (node.get("id_str") or node.get("id")) if isinstance(node, dict) else None
    if found is None and isinstance(node, dict) and isinstance(node.get("data"), dict):
        return _id_of(node["data"])
    return str(found) if isinstance(found, str | int) else ""


def _author_of(post: dict[str, Any]) -> str:
    """In X's v2, v1.1 and flattened forms, and those of Gnip, Mastodon and Bluesky."""
    for name in ("author_id", "did"):
        if isinstance(post.get(name), str):
            return str(post[name])
    user = next((post[name] for name in _AUTHORS if post.get(name)), None)
    return _account_id(user)


def _account_id(user: Any) -> str:
    did = user.get("did") if isinstance(user, dict) else None
    return did if isinstance(did, str) else _id_of(user)


def _repeats(post: dict[str, Any]) -> list[str]:
    """Ids of the posts whose text this one repeats as its own."""
    references = post.get("referenced_tweets") or post.get("referenced_posts") or ()
    ids = [
        str(each.get("id"))
        for each in (references if isinstance(references, list) else ())
        if isinstance(each, dict) and each.get("type") == "retweeted"
    ]
    repeated = [post.get(name) for name in _REPEATED]
    if post.get("verb") == "share":
        repeated.append(post.get("object"))
    return ids + [_id_of(each) for each in repeated if isinstance(each, dict)]


def _versions(post: dict[str, Any]) -> list[str]:
    """Ids of the versions of an edited post; X deletes all of them with any one."""
    ids = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
    if not isinstance(ids, list) or len(ids) < 2:
        return []
    return [str(each) for each in ids if isinstance(each, str | int)]


def _is_empty(value: Any) -> bool:
    """Return whether a page of posts has none left."""
    return isinstance(value, dict) and value.get("data") == []


def _rewrapped(line: bytes, record: EnvelopeRecord, raw: bytes) -> bytes:
    """Put what stays of a raw line back into its envelope."""
    if record.received_at is None:
        return raw + line[len(line.rstrip(b"\r\n")) :]
    return wrap(raw, record.received_at, record.id, record.rules_left_out, record.backfilled)
