"""The lease guard: a collector that was cut off gives up streams another machine may now run."""

import time
from collections.abc import Sequence

from streams.clock import now_ms
from streams.live.lease import Lease
from streams.names import ANY
from streams.stream import Stream
from workers.sources.source import Arrival


class LeaseGuard:
    """Implements PostFilter: streams that may run anywhere get posts only while the lease is sure.

    It is sure while it is renewed, and while `follow` confirms what is wanted. When neither
    happened for `seconds`, the posts of movable streams are left out until `follow` comes again.
    """

    skipped_as = "cut_off"

    def __init__(self, lease: Lease, seconds: float) -> None:
        self._lease = lease
        self._seconds = seconds
        self._movable: frozenset[str] = frozenset()
        self._moved: frozenset[str] = frozenset()
        """Given up, and no longer wanted here when that could be asked: others run them."""
        self._confirmed_at = time.monotonic()
        self._lapsed_at: float | None = None
        self.lost: dict[str, int] = {}
        """By stream id, since when (ms since the epoch) it was given up until the last `follow`."""

    def note_lapse(self) -> None:
        """Remember that the lease was not sure, before it is renewed.

        A renewed lease proves nothing about posts of the time before: `follow` decides on them.
        """
        if self._lapsed_at is None and (overdue := self._overdue) > 0:
            self._lapsed_at = time.monotonic() - overdue

    def replace_lease(self, lease: Lease) -> None:
        """Go on with a lease that was taken anew."""
        self._lease = lease

    def follow(self, wanted: Sequence[Stream]) -> None:
        """Confirm what is wanted, and note in `lost` what had been given up until now."""
        overdue = self._overdue
        lost = self._movable if overdue > 0 else frozenset()
        wanted_ids = {each.id for each in wanted}
        # In this order: the intake asks `allowed` meanwhile.
        self._moved = (self._moved | lost) - wanted_ids
        self._movable = frozenset(each.id for each in wanted if each.plan.machine == ANY)
        self._confirmed_at = time.monotonic()
        self._lapsed_at = None
        lost_at = now_ms() - round(overdue * 1000)
        self.lost = dict.fromkeys(lost & wanted_ids, lost_at)

    def allowed(self, arrival: Arrival) -> tuple[str, ...]:
        """Return the streams that are surely this collector's."""
        lost = self._moved | self._movable if self._movable and self._overdue > 0 else self._moved
        if not lost:
            return arrival.stream_ids
        return tuple(each for each in arrival.stream_ids if each not in lost)

    @property
    def _overdue(self) -> float:
        """Seconds since the lease stopped being sure; negative while it is."""
        if self._lapsed_at is not None:
            return time.monotonic() - self._lapsed_at
        return time.monotonic() - max(self._confirmed_at, self._lease.renewed_at) - self._seconds
