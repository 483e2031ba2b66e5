"""The gap ledger: writes down when a wanted stream was not listened to, and why."""

from collections.abc import Mapping
from typing import Protocol

from streams.live.report import SlotReport
from streams.store.gaps import Gaps
from workers.sources.source import Followed, Link


class ManifestGaps(Protocol):
    """Where gaps of captured streams are written down, too."""

    def open_gap(self, stream_id: str, at: int, reason: str) -> None: ...  # noqa: D102
    def close_gap(self, stream_id: str, at: int) -> None: ...  # noqa: D102


class GapTracker:
    """Follows one slot, moment by moment, and opens and closes gaps in store and manifests."""

    def __init__(self, gaps: Gaps, before: SlotReport | None, manifests: ManifestGaps) -> None:
        self._gaps = gaps
        self._manifests = manifests
        self._open: set[str] = set()
        self._listening: set[str] = set()
        self._known: set[str] = set()
        self._last_at = 0
        self._reason = "disconnected"
        if before is not None:
            self._inherit(before)

    def _inherit(self, before: SlotReport) -> None:
        """Streams that the last owner listened to have had nobody since its last report."""
        self._listening = {key for key, stream in before.streams.items() if not stream.fault}
        self._last_at = before.at
        self._reason = "collector_restarted"

    def _take_over(self, followed: Mapping[str, Followed]) -> None:
        """Go on with gaps that others opened in the streams that are new here."""
        if new := followed.keys() - self._known:
            for stream_id, gap in self._gaps.open_of(new).items():
                self._manifests.open_gap(stream_id, gap.started_at, gap.reason)
                self._open.add(stream_id)
        self._known = set(followed)

    def note(self, now: int, link: Link, followed: Mapping[str, Followed]) -> None:
        """Compare this moment (ms) with the one before."""
        self._take_over(followed)
        connected = link.connection == "connected"
        for stream_id in self._open - followed.keys():
            self._gaps.close(stream_id, now)  # nobody wants it any more
        self._open &= followed.keys()
        listening = {
            key
            for key, one in followed.items()
            if connected and one.fault is None and one.lost_at is None
        }
        for stream_id in (self._listening & followed.keys()) - listening - self._open:
            reason = link.fault.code if link.fault else self._reason
            at = link.last_line_at or self._last_at or now
            if (lost_at := followed[stream_id].lost_at) is not None:
                reason, at = "cut_off", lost_at
            self._gaps.open(stream_id, at, reason)
            self._manifests.open_gap(stream_id, at, reason)
            self._open.add(stream_id)
        for stream_id in listening & self._open:
            self._gaps.close(stream_id, now)
            self._manifests.close_gap(stream_id, now)
        self._open -= listening
        # A stream in a gap is still one that was listened to: it reopens if the link drops again.
        self._listening = listening | (self._listening & followed.keys())
        self._last_at = now
        self._reason = "disconnected"
