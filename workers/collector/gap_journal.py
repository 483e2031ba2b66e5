"""The gap journal: writes gaps and doubts into manifests at once, and into SQL once it answers."""

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from streams.store.doubts import Doubts
from streams.store.gaps import Gaps
from workers.collector.gap_tracker import GapEvent


class ManifestGaps(Protocol):
    """Where the gaps of captured streams are written down, too."""

    def open_gap(self, stream_id: str, at: int, reason: str, source: str | None) -> None: ...  # noqa: D102
    def close_gap(self, stream_id: str, at: int, source: str | None) -> None: ...  # noqa: D102
    def open_doubt(self, stream_id: str, at: int) -> None: ...  # noqa: D102
    def close_doubt(self, stream_id: str, at: int) -> None: ...  # noqa: D102


class GapJournal:
    """Keeps the order of events; `pending` outlives a database that is away."""

    def __init__(
        self, gaps: Gaps, doubts: Doubts, manifests: ManifestGaps, pending: Iterable[GapEvent]
    ) -> None:
        self._gaps = gaps
        self._doubts = doubts
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
        while self._pending:
            self._write(self._pending[0])
            self._pending.popleft()

    def _write(self, event: GapEvent) -> None:
        if event.doubt and event.reason is None:
            self._doubts.close(event.stream_id, event.at)
        elif event.doubt:
            self._doubts.open(event.stream_id, event.at)
        elif event.reason is None:
            self._gaps.close(event.stream_id, event.at, event.source)
        else:
            self._gaps.open(event.stream_id, event.at, event.reason, event.source)
