"""Completeness: when the streams of a slot missed posts, or may have missed some."""

import time
from collections.abc import Mapping, Sequence

from streams.clock import now_ms
from streams.gap_event import GapEvent
from streams.live.report import Fault, SlotReport
from streams.store import Store
from streams.stream import Stream
from workers.collector.budgets import SPENT
from workers.collector.gap_journal import GapJournal
from workers.collector.intake import Intake
from workers.collector.rate_watch import RateWatch
from workers.collector.recordings import Recordings
from workers.collector.silence_watch import SilenceWatch
from workers.collector.source_gaps import SourceGaps
from workers.sources.combined import CombinedSource
from workers.sources.source import Followed

BACKLOG_MS = 2_000
"""Age of a line that is not captured yet beyond which rates say nothing about the platform."""


class Completeness:
    """For live sources, on one thread: gaps and doubts. What SQL does not take is `pending`."""

    def __init__(
        self,
        store: Store,
        source: CombinedSource,
        recordings: Recordings,
        intake: Intake,
        pending: Sequence[GapEvent],
    ) -> None:
        """`pending` are the events that an earlier owner of the slot could not bring to SQL."""
        self._store = store
        self._source = source
        self._recordings = recordings
        self._intake = intake
        self._source_gaps = SourceGaps(source)
        self._journal = GapJournal(store.gaps, recordings, pending)
        self._rate_watch = RateWatch()
        self._silence_watch = SilenceWatch()
        self._wanted_since: dict[str, int] = {}
        self._several: dict[str, Stream] = {}
        """Streams that follow more than one source."""
        self._inherited_until: int | None = None

    @property
    def pending(self) -> list[GapEvent]:
        """Events that SQL does not hold yet, oldest first."""
        return self._journal.pending

    def inherit(self, before: SlotReport) -> None:
        """Take over from an owner that died."""
        until = (before.kept_until or before.at) - before.delay_ms
        self._source_gaps.inherit(before)
        self._inherited_until = until

    def track(
        self,
        wanted: Sequence[Stream],
        held_back: Mapping[str, Fault],
        lost: Mapping[str, int],
    ) -> None:
        """Compare this moment with the last one; raises StoreError, and goes on then."""
        new = [stream for stream in wanted if stream.id not in self._wanted_since]
        if new:
            self._take_over(new, now_ms())
        self._wanted_since = {each.id: self._wanted_since[each.id] for each in wanted}
        self._several = {each.id: each for each in wanted if each.further_sources}
        events = self._source_gaps.advance(
            now_ms,
            wanted,
            self._wanted_since,
            lost=lost,
            held_back={key: it for key, it in held_back.items() if it.code != SPENT.code},
            recovered=self._recordings.recovered,
            delay_of=self._intake.meter.delay_of,
        )
        self._journal.add(events)
        self._journal.flush()

    def _take_over(self, new: Sequence[Stream], now: int) -> None:
        ids = [stream.id for stream in new]
        evidence = self._store.minutes.newest(ids)
        open_gaps = self._store.gaps.all_open(ids)
        doubted = self._store.doubts.open_of(ids)  # by a collector that died meanwhile
        self._source_gaps.adopt(open_gaps, new)
        for key, gap in open_gaps:
            self._recordings.open_gap(key, gap.started_at, gap.reason, gap.source)
        until = now if self._inherited_until is None else self._inherited_until
        self._journal.add(GapEvent(each, until, doubt=True) for each in doubted)
        for stream in new:
            asked_at = max(stream.changed_at, stream.plan.starts_at or 0)
            self._wanted_since[stream.id] = max(asked_at, evidence.get(stream.id, 0))

    def stopped_posts(self, report: SlotReport, followed: Mapping[str, Followed]) -> dict[str, str]:
        """Return notes on streams whose posts stopped although the connection lives.

        What arrives that rarely is in doubt from then on: no gap is proved, and no completeness.
        Of a stream over several sources that is said of all of them together.
        """
        now = time.monotonic()
        behind = report.at - self._intake.taken_until(report.at)
        if behind > BACKLOG_MS:
            return {}  # what has arrived is not counted yet
        if report.connection != "connected":
            self._rate_watch.pause(now)
            self._journal.add(self._silence_watch.interrupt(report.last_line_at))
            return {}
        generations = {key: one.generation for key, one in followed.items() if self._hears_all(key)}
        # Posts that are counted later were written before, so a silence begins before, too.
        counted_until = now - (behind + report.delay_ms) / 1000
        notes = self._rate_watch.look(generations, self._intake.meter.posts, counted_until)
        silent = self._rate_watch.silent().items()
        since = {key: report.at - round((now - began) * 1000) for key, began in silent}
        self._journal.add(self._silence_watch.advance(since, report.last_line_at, report.at))
        return notes

    def _hears_all(self, stream_id: str) -> bool:
        """Return whether no further source of a stream is away: rates say nothing then."""
        if (stream := self._several.get(stream_id)) is None:
            return True
        keys = [self._source.connection_to(stream, name) for name in stream.further_sources]
        return all(self._source.link_of(key).connection == "connected" for key in keys)

    def end(self) -> None:
        """End what lasts, before captures are sealed: this collector listens no more."""
        self._journal.add(self._silence_watch.interrupt(self._source.link().last_line_at))

    def flush(self) -> None:
        """Bring what is pending to SQL; raises StoreError."""
        self._journal.flush()
