"""Reads captures of Weir and of other tools as posts, in the order they were received."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from streams.post import Post
from workers.captures.segments.merge import MergedLine
from workers.replay.format import Format, NoPost, read
from workers.sources.x.payload import Delivery, read_line


class Replayed(msgspec.Struct, frozen=True):
    """A post read back. `payload` is the line that X's stream would send, `raw` the line as kept.

    `received_at` (ms) is when it was received, or posted when that is not recorded.
    """

    delivery: Delivery
    payload: bytes
    raw: bytes
    received_at: int
    format: Format

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
        self._found = found

    def __iter__(self) -> Iterator[Replayed]:
        for found in self._found:
            if found.record is None:
                self.skipped["torn" if not found.line.whole else "broken_envelope"] += 1
                continue
            raw = found.record.raw
            posts = read(raw)
            if isinstance(posts, NoPost):
                torn = posts.kind in ("not_json", "bad_utf8") and not found.line.whole
                self.skipped["torn" if torn else posts.kind] += 1
                continue
            ours = found.record.received_at
            for one in posts:
                moment = ours if ours is not None else one.posted_at or found.moment
                delivery = read_line(one.payload, moment)
                if not isinstance(delivery, Delivery):
                    self.skipped[delivery.kind] += 1
                    continue
                self.formats[one.format] += 1
                yield Replayed(delivery, one.payload, raw, moment, one.format)
