"""Reads captures of Weir and of other tools as posts, in the order they were received."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from streams.post import Post
from workers.captures.segments.merge import MergedLine
from workers.captures.segments.timestamps import iso, posted_ms
from workers.replay.format import Format, NoPost, read
from workers.sources.x.payload import Delivery, read_line

ISO_LENGTH = 24
"""Characters of 2026-11-22T04:00:01.123Z."""


class Replayed(msgspec.Struct, frozen=True):
    """A post read back. `payload` is the line that X's stream would send, `raw` the line as kept.

    `received_at` (ms) is when it was received, or posted when that is not recorded; 0 when nothing
    says. `version` tells the versions of a post apart that share its id.
    """

    delivery: Delivery
    payload: bytes
    raw: bytes
    received_at: int
    format: Format
    version: str = ""
    edit_of: str | None = None
    """Of a later version, the post in the same capture of which it is one."""
    deleted_at: int | None = None
    """When Weir heard that it was deleted (ms), in a capture that marks deleted posts."""

    @property
    def post(self) -> Post:
        """The post itself."""
        return self.delivery.post


class CaptureReader:
    """Turns lines into posts, and counts posts and lines by kind."""

    def __init__(self, found: Iterable[MergedLine]) -> None:
        self.formats: Counter[str] = Counter()
        """Posts by format."""
        self.skipped: Counter[str] = Counter()
        """Lines without a post by kind: `torn` and `not_json` are losses, the others are not."""
        self.deleted: set[str] = set()
        """Ids that deletion notices in the files take back."""
        self.taken_back: list[str] = []
        """Ids that the lines read last take back; the reader's user empties it."""
        self.unknown_keys: tuple[str, ...] = ()
        """Some keys of the first object that is no post."""
        self._found = found

    def __iter__(self) -> Iterator[Replayed]:
        for found in self._found:
            if found.record is None:
                self.skipped["torn" if not found.line.whole else "broken_envelope"] += 1
                continue
            raw = found.record.raw
            posts = read(raw)
            if isinstance(posts, NoPost):
                self.deleted.update(posts.deleted)
                self.taken_back += posts.deleted
                if posts.kind == "unknown" and not self.unknown_keys:
                    self.unknown_keys = _keys_of(raw)
                torn = posts.kind == "not_json" and not found.line.whole
                self.skipped["torn" if torn else posts.kind] += 1
                continue
            ours = found.record.received_at
            for one in posts:
                moment = ours if ours is not None else one.posted_at or found.moment
                delivery = one.delivery or read_line(one.payload, moment)
                if not isinstance(delivery, Delivery):
                    self.skipped[delivery.kind] += 1
                    continue
                delivery.post.received_at = moment
                if found.record.backfilled:
                    delivery.post.backfilled = True
                delivery.post.created_at = _iso_time(delivery.post.created_at)
                self.formats[one.format] += 1
                version, edit_of = found.record.version, found.record.edit_of
                if version:
                    delivery.post.edited = True
                deleted_at = found.record.deleted_at
                yield Replayed(
                    delivery, one.payload, raw, moment, one.format, version, edit_of, deleted_at
                )


def _iso_time(text: str | None) -> str | None:
    """Return the time of a post in ISO 8601, whatever a tool made of it; None when unknown."""
    if text is None or (len(text) == ISO_LENGTH and text[10] == "T" and text.endswith("Z")):
        return text
    at = posted_ms(text)
    return iso(at) if at is not None else None


def _keys_of(raw: bytes) -> tuple[str, ...]:
    """Return the first keys of an object, to name what it is."""
    try:
        keys = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    return tuple(key[:40] for key in list(keys)[:5])
