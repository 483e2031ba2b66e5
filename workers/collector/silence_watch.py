"""The silence watch: turns silences on a living connection into doubts, which are no gaps."""

from collections.abc import Mapping

from streams.gap_event import GapEvent
from streams.store.schema import DOUBT

PROOF_MS = 3_000
"""A line or keep-alive that came so much later than a silence began proves the connection."""


class SilenceWatch:
    """Follows the silences of one slot from moment to moment (ms since the epoch).

    A silence becomes a doubt once the connection is proved to live in it: by a keep-alive, or by
    posts that come again on the same connection. One that ends in a disconnect is a gap instead.
    """

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        self._written: set[str] = set()

    def advance(self, silent: Mapping[str, int], proved_at: int | None, now: int) -> list[GapEvent]:
        """Return the doubts that begin and end, of streams that are silent since the given times.

        `proved_at` is when the last line or keep-alive came.
        """
        events: list[GapEvent] = []
        for stream_id in [each for each in self._since if each not in silent]:
            self._write(events, stream_id)
            events.append(GapEvent(stream_id, now, doubt=True))
            del self._since[stream_id]
        for stream_id, since in silent.items():
            self._since.setdefault(stream_id, since)
            if (proved_at or 0) >= self._since[stream_id] + PROOF_MS:
                self._write(events, stream_id)
        self._written &= self._since.keys()
        return events

    def interrupt(self, proved_at: int | None) -> list[GapEvent]:
        """Return what ends because the connection is lost: from its last proof on it is a gap."""
        events = [
            GapEvent(stream_id, max(proved_at or 0, self._since[stream_id]), doubt=True)
            for stream_id in sorted(self._written)
        ]
        self._since.clear()
        self._written.clear()
        return events

    def _write(self, events: list[GapEvent], stream_id: str) -> None:
        if stream_id not in self._written:
            self._written.add(stream_id)
            events.append(GapEvent(stream_id, self._since[stream_id], DOUBT, doubt=True))
