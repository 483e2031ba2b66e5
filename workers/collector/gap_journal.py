"""The gap journal: writes gaps and doubts into manifests at once, and into SQL once it answers."""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Protocol

from streams.gap_event import GapEvent
from streams.store.gaps import Gaps

AT_ONCE = 250
"""Events of one transaction: a thousand streams lose their connection in the same moment."""


class ManifestGaps(Protocol):
    """Where the gaps of captured streams are written down, too."""

    def open_gap(self, stream_id: str, at: int, reason: str, source: str | None) -> None: ...  # noqa: D102
    def close_gap(self, stream_id: str, at: int, source: str | None) -> None: ...  # noqa: D102
    def open_doubt(self, stream_id: str, at: int) -> None: ...  # noqa: D102
    def close_doubt(self, stream_id: str, at: int) -> None: ...  # noqa: D102


class GapJournal:
    """Keeps the order of events; `pending` outlives a database that is away."""

    def __init__(self, gaps: Gaps, manifests: ManifestGaps, pending: Iterable[GapEvent]) -> None:
        self._gaps = gaps
        self._manifests = manifests
        self._pending = deque(pending)

    @property
    def pending(self) -> list[GapEvent]:
        """Events that SQL does not hold yet, oldest first."""
        return list(self._pending)

    def add(self, events: Iterable[GapEvent]) -> None:
        """Record events; `flush` brings them to SQL."""
        for event in events:
            if event.doubt and event.reason is None:
                self._manifests.close_doubt(event.stream_id, event.at)
            elif event.doubt:
                self._manifests.open_doubt(event.stream_id, event.at)
            elif event.reason is None:
                self._manifests.close_gap(event.stream_id, event.at, event.source)
            else:
                self._manifests.open_gap(event.stream_id, event.at, event.reason, event.source)
            self._pending.append(event)

    def flush(self) -> None:
        """Write what is pending to SQL; raises StoreError and keeps the rest for the next call."""
        while some := list(islice(self._pending, AT_ONCE)):
            self._gaps.record(some)
            for _ in some:
                self._pending.popleft()
