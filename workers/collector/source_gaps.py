"""The gaps of a slot, source by source: one that is away says nothing about the others."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from streams.gap_event import GapEvent
from streams.live.report import Fault, SlotReport, StreamReport
from streams.names import source_of
from streams.sources import reads_on
from streams.store.gaps import Gap
from streams.stream import Stream
from workers.collector.gap_tracker import GapTracker, Moment
from workers.sources.combined import CombinedSource

T = TypeVar("T")


class SourceGaps:
    """A gap tracker for each connection; gaps of streams over several sources name theirs."""

    def __init__(self, source: CombinedSource) -> None:
        self._source = source
        self._own = source.connections[0]
        self._before: SlotReport | None = None
        self._trackers: dict[str, GapTracker] = {}
        self._sources: dict[str, tuple[str, ...]] = {}
        """By stream, of all that were ever wanted here."""

    def inherit(self, before: SlotReport) -> None:
        """Take over from an owner that died; call it before anything else."""
        self._before = before

    def adopt(self, open_gaps: Iterable[tuple[str, Gap]], wanted: Iterable[Stream]) -> None:
        """Take over gaps that others opened, each with its stream, which is wanted."""
        streams = {each.id: each for each in wanted}
        for stream_id, gap in open_gaps:
            stream = streams[stream_id]
            key = self._source.connection_to(stream, gap.source or stream.source)
            self._tracker(key).adopt({stream_id: gap.started_at})

    def advance(
        self,
        clock: Callable[[], int],
        wanted: Sequence[Stream],
        wanted_since: Mapping[str, int],
        *,
        lost: Mapping[str, int] = {},
        held_back: Mapping[str, Fault] = {},
        recovered: Mapping[str, int] = {},
        delay_of: Callable[[str], int] = lambda name: 0,
    ) -> list[GapEvent]:
        """Compare this moment of each source with the one before; return what began and ended.

        `clock` (ms) is read after the source: a connection that came up, or a filter that came
        into force, while the collector waited for something else must not be dated before it.
        The mappings are those of `Moment` and `GapTracker.advance`, for all sources. Posts on their
        way when the last line came were written up to `delay_of` that source (ms) before it.
        """
        self._sources.update({each.id: each.sources for each in wanted})
        # The last line on the disk may be one of another source.
        proofs = {key: at for key, at in recovered.items() if not self._follows_several(key)}
        events: list[GapEvent] = []
        for key in self._source.connections:
            name = source_of(key)
            mine = {
                each.id
                for each in wanted
                if name in each.sources and self._source.connection_to(each, name) == key
            }
            link = self._source.link_of(key)
            moment = Moment(
                now=clock(),
                link=link,
                followed=self._source.followed.get(key, {}),
                wanted_since=_only(mine, wanted_since),
                planned=frozenset(each.id for each in wanted if _is_planned(each)),
                outages=self._source.outages_of(key),
                lost=_only(mine, lost),
                held_back=_only(mine, held_back),
                delay_ms=delay_of(name),
            )
            for event in self._tracker(key).advance(moment, proofs):
                is_one = self._follows_several(event.stream_id)
                events.append(replace(event, source=name) if is_one else event)
        return events

    def _tracker(self, key: str) -> GapTracker:
        if key not in self._trackers:
            self._trackers[key] = GapTracker(cursor=reads_on(source_of(key)))
            if self._before is not None:
                before = _report_of(self._before, source_of(key), key == self._own)
                self._trackers[key].inherit(before)
        return self._trackers[key]

    def _follows_several(self, stream_id: str) -> bool:
        return len(self._sources.get(stream_id, ())) > 1


def _is_planned(stream: Stream) -> bool:
    """Return whether a schedule started the stream after its owner had asked for it."""
    return (stream.plan.starts_at or 0) >= stream.changed_at


def _only(stream_ids: Collection[str], found: Mapping[str, T]) -> dict[str, T]:
    return {key: it for key, it in found.items() if key in stream_ids}


def _report_of(before: SlotReport, name: str, is_own: bool) -> SlotReport:
    """Return what the last owner reported of one source."""
    streams: dict[str, StreamReport] = {}
    kept_until = (before.kept_until or before.at) - before.delay_ms
    for stream_id, stream in before.streams.items():
        if (one := stream.sources.get(name)) and one.connection == "connected":
            streams[stream_id] = replace(stream, fault=one.fault)
            kept_until = one.kept_until
        elif is_own and not stream.sources:
            streams[stream_id] = stream
    return replace(before, streams=streams, kept_until=kept_until)
