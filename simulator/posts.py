"""A post as X knows it: the whole v2 object and what it refers to."""

import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

Object = dict[str, Any]
# Milliseconds since 2010-11-04, from which X counts the time part of its ids.
EPOCH_MS = 1_288_834_974_657
_encode = msgspec.json.Encoder().encode


class Record:
    """A user, place, medium or poll: shared by many posts, so its JSON is kept per field choice."""

    __slots__ = ("_json", "data")

    def __init__(self, data: Object) -> None:
        self.data = data
        self._json: dict[frozenset[str], msgspec.Raw] = {}

    def json(self, fields: frozenset[str]) -> msgspec.Raw:
        """Encode those of the fields that it has."""
        raw = self._json.get(fields)
        if raw is None:
            chosen = {k: v for k, v in self.data.items() if k in fields and v is not None}
            raw = self._json[fields] = msgspec.Raw(_encode(chosen))
        return raw


class SimulatedPost:
    """A post: `data` is the full v2 object, the rest are the objects its ids point at."""

    __slots__ = (
        "author", "billed", "data", "id", "matched", "media", "place", "polls", "referenced",
        "rendered", "users",
    )  # fmt: skip

    def __init__(
        self,
        data: Object,
        author: Record | None = None,
        place: Record | None = None,
        referenced: tuple["SimulatedPost", ...] = (),
        users: tuple[Record, ...] = (),
        media: tuple[Record, ...] = (),
        polls: tuple[Record, ...] = (),
    ) -> None:
        self.id: str = data["id"]
        self.data = data
        self.author = author
        self.place = place
        self.referenced = referenced
        self.users = users
        self.media = media
        self.polls = polls
        self.billed: set[tuple[int, str]] | None = None
        self.matched: tuple[object, Any] | None = None
        self.rendered: tuple[object, bytes] | None = None
        """What was found out ahead: by whose rules it is matched, and as what it is rendered."""

    def reference(self, kind: str) -> "SimulatedPost | None":
        """Return the post that this one retweets, quotes or replies to, when it is at hand."""
        if not self.referenced:
            return None
        for link in self.data.get("referenced_tweets") or ():
            if link["type"] == kind:
                return next((p for p in self.referenced if p.id == link["id"]), None)
        return None

    def refers(self, kind: str) -> bool:
        """Return whether the post is of a kind: retweeted, quoted, replied_to."""
        return any(link["type"] == kind for link in self.data.get("referenced_tweets") or ())

    def text(self) -> str:
        """Return the whole text, also of a long post."""
        note = self.data.get("note_tweet")
        text: str = note["text"] if note else self.data.get("text", "")
        return text


def from_payload(payload: Mapping[str, Any]) -> SimulatedPost:
    """Make a post of a v2 payload `{"data": {...}, "includes": {...}}`.

    Raises KeyError, TypeError or AttributeError when the payload is not of that shape.
    """
    includes = payload.get("includes") or {}
    users = {u["id"]: Record(u) for u in includes.get("users", ())}
    places = {p["id"]: Record(p) for p in includes.get("places", ())}
    media = {m["media_key"]: Record(m) for m in includes.get("media", ())}
    polls = {p["id"]: Record(p) for p in includes.get("polls", ())}
    others = {t["id"]: t for t in includes.get("tweets", ())}

    def build(data: Object, depth: int) -> SimulatedPost:
        links = data.get("referenced_tweets") or () if depth else ()
        attached = data.get("attachments") or {}
        return SimulatedPost(
            data,
            users.get(data.get("author_id")),
            places.get((data.get("geo") or {}).get("place_id")),
            tuple(build(others[k["id"]], depth - 1) for k in links if k["id"] in others),
            tuple(users.values()) if depth else (),
            tuple(media[k] for k in attached.get("media_keys", ()) if k in media),
            tuple(polls[k] for k in attached.get("poll_ids", ()) if k in polls),
        )

    return build(payload["data"], 1)


def iso(unix_seconds: float) -> str:
    """Write a time as X does, to the millisecond: 2026-11-22T04:00:01.000Z."""
    milliseconds = int(unix_seconds * 1000)
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"


@lru_cache(maxsize=64)
def _second(unix_second: int) -> str:
    return datetime.fromtimestamp(unix_second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def snowflakes() -> Iterator[str]:
    """Yield rising ids like X's: 41 bits of milliseconds, 10 of this process, 12 of sequence."""
    process = (os.getpid() & 0x3FF) << 12
    last = 0
    while True:
        floor = (int(time.time() * 1000) - EPOCH_MS) << 22 | process
        last = max(floor, last + 1)
        yield str(last)
