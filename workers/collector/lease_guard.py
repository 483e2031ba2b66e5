"""A tether: a collector that was cut off lets go of what may have been moved to another machine."""

import time
from collections.abc import Sequence

from msgspec.structs import replace

from streams.live.lease import Lease
from streams.names import ANY
from streams.stream import Stream
from workers.sources.filtered import FilteredSource
from workers.sources.source import Arrival, Followed, Source


class LeaseGuardedSource(FilteredSource):
    """A source that hands on streams that may run anywhere only while their slot is surely ours.

    It is while the lease is renewed, and once `follow` tells what is wanted after the lease was
    lost. When neither was for `seconds`, the posts of those streams are left out from then on.
    """

    skipped_as = "cut_off"

    def __init__(self, source: Source, lease: Lease, seconds: float) -> None:
        super().__init__(source)
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
        followed = super().follow(wanted)
        # In this order: lines are read meanwhile.
        self._gone = (self._gone | lost) - {each.id for each in wanted}
        self._loose = frozenset(each.id for each in wanted if each.plan.machine == ANY)
        self._touched_at = time.monotonic()
        lost_at = int((time.time() - late) * 1000)
        return {
            key: replace(one, lost_at=lost_at) if key in lost else one
            for key, one in followed.items()
        }

    def _kept(self, arrival: Arrival) -> tuple[str, ...]:
        lost = self._gone | self._loose if self._loose and self._late > 0 else self._gone
        if not lost:
            return arrival.stream_ids
        return tuple(each for each in arrival.stream_ids if each not in lost)

    @property
    def _late(self) -> float:
        """Seconds since the tether broke; less than none while it holds."""
        return time.monotonic() - max(self._touched_at, self._lease.renewed_at) - self._seconds
