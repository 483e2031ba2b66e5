"""The gap tracker: decides from evidence when a running stream was not listened to, and why."""

from collections.abc import Mapping, Sequence

import msgspec

from streams.gap_event import GapEvent
from streams.live.report import Fault, SlotReport
from workers.sources.source import Followed, Link, Outage

START_GRACE_MS = 5_000
"""How long a start on request may take before the time until it listens is a gap."""
STARTING, DISCONNECTED, CUT_OFF = "starting", "disconnected", "cut_off"
RESTARTED = "collector_restarted"


class Moment(msgspec.Struct, frozen=True):
    """All that is known of a slot at one moment `now` (ms since the epoch)."""

    now: int
    link: Link
    followed: Mapping[str, Followed]
    wanted_since: Mapping[str, int] = {}
    """Since when each stream should be listened to."""
    planned: frozenset[str] = frozenset()
    """Streams that a schedule started: they should be listened to from the first millisecond."""
    outages: Sequence[Outage] = ()
    lost: Mapping[str, int] = {}
    """Since when a stream was given up until now, because another machine might run it."""
    held_back: Mapping[str, Fault] = {}
    """Wanted streams that cannot run, and why."""
    delay_ms: int = 0
    """How late posts come: those that were on their way when a stream was cut off are so old."""

    @property
    def wanted(self) -> frozenset[str]:
        """All streams that should be listened to."""
        return frozenset(self.followed) | frozenset(self.held_back)

    @property
    def listening(self) -> frozenset[str]:
        """The streams whose posts come in: connected, and their filters in force."""
        if self.link.connection != "connected":
            return frozenset()
        return frozenset(key for key, one in self.followed.items() if one.fault is None)

    @property
    def proved_at(self) -> int | None:
        """Until when posts were written (ms) of which the last line proves that they came."""
        last = self.link.last_line_at
        return None if last is None else last - self.delay_ms

    @property
    def stopped(self) -> frozenset[str]:
        """The streams that would get nothing from a connection that stands."""
        running = frozenset(key for key, one in self.followed.items() if one.fault is None)
        return self.wanted - running

    def reads_on_for(self, stream_id: str) -> bool:
        """Return whether nothing but the connection is missing for a stream."""
        one = self.followed.get(stream_id)
        return self.link.connection != "connected" and one is not None and one.fault is None

    def reason_for(self, stream_id: str) -> str | None:
        """Name the fault that keeps a stream from being listened to, if there is one."""
        one = self.followed.get(stream_id)
        fault = self.held_back.get(stream_id) or (one.fault if one else None) or self.link.fault
        return fault.code if fault else None


class GapTracker:
    """Follows one slot from moment to moment. It decides only: who calls it writes down.

    With a `cursor` the source reads on from where it was: a time without a connection is no gap
    unless the source says so (`Moment.outages`), or a stream ends before the next connection.
    """

    def __init__(self, *, cursor: bool = False) -> None:
        self._cursor = cursor
        self._unheard: dict[str, int] = {}
        """With a cursor: since when streams wait for a connection that reads on."""
        self._open: dict[str, int] = {}
        self._listening: set[str] = set()
        """Streams that were listened to, those in a gap since then included."""
        self._known: frozenset[str] = frozenset()
        self._stopped: frozenset[str] = frozenset()
        """Streams that a connection alone did not help, at the last moment."""
        self._left_at: dict[str, int] = {}
        self._last_at: int | None = None

    def inherit(self, before: SlotReport) -> None:
        """Take over from an owner that died: a gap began after what it last had on disk."""
        for stream_id, stream in before.streams.items():
            if stream.fault is None and not self._cursor:
                self._left_at[stream_id] = before.kept_until or before.at

    def adopt(self, open_gaps: Mapping[str, int]) -> None:
        """Take over gaps that others opened, by stream id with the moment (ms) they began."""
        self._open.update({key: at for key, at in open_gaps.items() if key not in self._open})
        self._listening.update(open_gaps)

    def advance(self, moment: Moment, recovered: Mapping[str, int] = {}) -> list[GapEvent]:
        """Compare a moment with the one before and return what began and ended since.

        `recovered` holds, by stream, the time (ms) of the last line that a repair found on disk.
        """
        events: list[GapEvent] = []
        for stream_id in [key for key in self._open if key not in moment.wanted]:
            self._close(events, stream_id, moment.now)  # its owner no longer wants it
        for stream_id in [key for key in self._unheard if key not in moment.wanted]:
            self._begin(events, stream_id, self._unheard.pop(stream_id), DISCONNECTED)
            self._close(events, stream_id, moment.now)
        self._listening &= moment.wanted
        self._resume(events, moment, recovered)
        self._replay_outages(events, moment)
        for stream_id, since in moment.lost.items():
            if stream_id in self._listening:
                self._begin(events, stream_id, since - moment.delay_ms, CUT_OFF)
        for stream_id in sorted(moment.wanted - moment.listening):
            self._miss(events, moment, stream_id)
        for stream_id in sorted(moment.listening):
            self._hear(events, moment, stream_id)
        self._known, self._stopped = moment.wanted, moment.stopped
        self._last_at = moment.now
        return events

    def _resume(self, events: list[GapEvent], moment: Moment, recovered: Mapping[str, int]) -> None:
        """Open the gaps that the death of the last owner left, once their streams are wanted."""
        for stream_id in moment.wanted & self._left_at.keys():
            since = max(self._left_at.pop(stream_id), recovered.get(stream_id, 0))
            self._begin(events, stream_id, min(since, moment.now), RESTARTED)

    def _replay_outages(self, events: list[GapEvent], moment: Moment) -> None:
        """Outages that began and ended between two moments are gaps, too."""
        for outage in moment.outages:
            for stream_id in sorted(self._listening & moment.followed.keys()):
                self._begin(events, stream_id, outage.since - moment.delay_ms, outage.reason)
                if stream_id in self._known - self._stopped - moment.stopped:
                    self._close(events, stream_id, outage.until)

    def _miss(self, events: list[GapEvent], moment: Moment, stream_id: str) -> None:
        reason = moment.reason_for(stream_id)
        if self._cursor and moment.reads_on_for(stream_id):
            proved = moment.proved_at or moment.wanted_since.get(stream_id, moment.now)
            self._unheard.setdefault(stream_id, min(proved, moment.now))
        elif stream_id in self._listening:
            proofs = [self._last_at, moment.now]
            proofs = [at - moment.delay_ms for at in proofs if at is not None]
            if moment.link.connection != "connected":
                proofs.insert(0, moment.proved_at)
            at = next(proof for proof in proofs if proof is not None)
            self._begin(events, stream_id, min(at, moment.now), reason or DISCONNECTED)
        elif self._is_late(moment, stream_id, moment.now):
            self._begin(events, stream_id, moment.wanted_since[stream_id], reason or STARTING)

    def _hear(self, events: list[GapEvent], moment: Moment, stream_id: str) -> None:
        self._unheard.pop(stream_id, None)
        heard_from = moment.now
        connected_at = moment.link.connected_at
        if stream_id in self._known - self._stopped and connected_at is not None:
            heard_from = min(connected_at, moment.now)
        is_new = stream_id not in self._listening and stream_id not in self._open
        if is_new and self._is_late(moment, stream_id, heard_from):
            self._begin(events, stream_id, moment.wanted_since[stream_id], STARTING)
        if (since := self._open.get(stream_id)) is not None:
            # A filter that came into force on a standing connection listens from now on only.
            self._close(events, stream_id, heard_from if heard_from > since else moment.now)
        self._listening.add(stream_id)

    def _is_late(self, moment: Moment, stream_id: str, heard_from: int) -> bool:
        since = moment.wanted_since.get(stream_id)
        if since is None or self._cursor:
            return False
        grace = 0 if stream_id in moment.planned else START_GRACE_MS
        return heard_from - since > grace

    def _begin(self, events: list[GapEvent], stream_id: str, at: int, reason: str) -> None:
        self._listening.add(stream_id)
        if stream_id not in self._open:
            self._open[stream_id] = at
            events.append(GapEvent(stream_id, at, reason))

    def _close(self, events: list[GapEvent], stream_id: str, at: int) -> None:
        since = self._open.pop(stream_id, None)
        if since is not None:
            events.append(GapEvent(stream_id, max(at, since)))
