"""A tether: a collector that was cut off lets go of what may have been moved to another machine."""

import time
from collections.abc import Sequence

from msgspec.structs import replace

from streams.live.lease import Lease
from streams.stream import Stream
from streams.topics import ANY
from workers.sources.source import Arrival, Followed, Link, Receive, Skipped, Source


class Tethered:
    """A source that hands on streams that may run anywhere only while their slot is surely ours.

    It is while the lease is renewed, and once `follow` tells what is wanted after the lease was
    lost. When neither was for `seconds`, the posts of those streams are left out from then on.
    """

    def __init__(self, source: Source, lease: Lease, seconds: float) -> None:
        self.live = source.live
        self._source = source
        self._lease = lease
        self._seconds = seconds
        self._loose: frozenset[str] = frozenset()
        self._gone: frozenset[str] = frozenset()
        """Let go of, and no longer ours when that could be asked: others have them."""
        self._touched_at = time.monotonic()

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Know again what is wanted; say of the loose streams since when they were let go of."""
        late = self._late
        lost = self._loose if late > 0 else frozenset()
        followed = self._source.follow(wanted)
        self._loose = frozenset(each.id for each in wanted if each.plan.machine == ANY)
        self._gone = (self._gone | lost) - {each.id for each in wanted}
        self._touched_at = time.monotonic()
        lost_at = int((time.time() - late) * 1000)
        return {
            key: replace(one, lost_at=lost_at) if key in lost else one
            for key, one in followed.items()
        }

    def run(self, receive: Receive) -> None:
        """Read."""
        self._source.run(receive)

    def read(self, raw: bytes, received_at: int) -> Arrival | Skipped:
        """Decode a line, for those streams that are surely ours."""
        line = self._source.read(raw, received_at)
        lost = self._gone | self._loose if self._loose and self._late > 0 else self._gone
        if isinstance(line, Skipped) or not lost:
            return line
        ids = tuple(each for each in line.stream_ids if each not in lost)
        return Arrival(line.post, ids, line.share) if ids else Skipped("cut_off")

    def link(self) -> Link:
        """Tell the state of the connection."""
        return self._source.link()

    def settle(self, everything: bool) -> None:
        """Pass on that what was read is safe."""
        self._source.settle(everything)

    def stop(self) -> None:
        """End."""
        self._source.stop()

    @property
    def _late(self) -> float:
        """Seconds since the tether broke; less than none while it holds."""
        return time.monotonic() - max(self._touched_at, self._lease.renewed_at) - self._seconds
