"""The log book of a capture: which filter was in force when, and when nothing was kept."""

from typing import Any

import msgspec

from workers.captures.segments.manifest import FilterSpan, GapSpan, Provenance, tool
from workers.captures.segments.timestamps import iso


class ProvenanceLog:
    """Keeps what the next manifest must tell. All moments are ms since the epoch."""

    def __init__(
        self,
        collection: str,
        *,
        source: str | None = None,
        machine: str | None = None,
        fence: int | None = None,
    ) -> None:
        self._head = Provenance(
            collection=collection, source=source, machine=machine, tool=tool(), fence=fence
        )
        self._filters: list[FilterSpan] = []
        self._gaps: list[GapSpan] = []
        self.version = 0
        """Rises with every entry."""

    def edit(self, generation: int, filter: Any, at: int) -> None:
        """Note that a filter is in force from now on; `filter` is anything JSON can hold."""
        if self._filters and self._filters[-1].until is None:
            self._filters[-1].until = iso(at)
        plain = msgspec.to_builtins(filter)
        self._filters.append(FilterSpan(generation, iso(at), None, plain))
        self.version += 1

    def open_gap(self, at: int, reason: str) -> None:
        """Note that nothing is kept from now on, unless a gap for that reason is open."""
        if not any(gap.until is None and gap.reason == reason for gap in self._gaps):
            self._gaps.append(GapSpan(iso(at), None, reason))
            self.version += 1

    def close_gap(self, at: int, reason: str | None = None) -> None:
        """Note that posts are kept again: ends the open gaps, or that of one reason."""
        for gap in self._gaps:
            if gap.until is None and reason in (None, gap.reason):
                gap.until = max(iso(at), gap.since)
                self.version += 1

    def provenance(self, opened_at: int) -> Provenance:
        """Give what a segment opened at that moment must say of itself so far."""
        return msgspec.structs.replace(
            self._head,
            opened_at=iso(opened_at),
            filters=[msgspec.structs.replace(span) for span in self._filters],
            gaps=[msgspec.structs.replace(gap) for gap in self._gaps],
        )

    def next_segment(self) -> None:
        """Forget, after a seal, what has ended: the next segment does not tell it again."""
        self._filters = [span for span in self._filters if span.until is None]
        self._gaps = [gap for gap in self._gaps if gap.until is None]
