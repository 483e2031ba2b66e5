"""The report of a collector, put together from its parts."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from streams.clock import clock
from streams.live.report import Fault, SlotReport, SourceReport, StreamReport
from streams.names import source_of
from streams.stream import Stream
from workers.collector.budgets import Budgets
from workers.collector.intake import Intake
from workers.collector.meter import ThroughputMeter
from workers.sources.combined import CombinedSource
from workers.sources.source import Followed, Link

CapturedUntil = Callable[[int], int]
"""Takes a moment (ms); returns until when all that captures were given is on the disk."""
DATABASE_REFUSES = (
    "The database does not take what the collector records. Posts are captured and shown; "
    "gaps and counts wait until it does."
)


def with_link(report: SlotReport, link: Link) -> SlotReport:
    """Add the state of the connection."""
    return replace(
        report,
        connection=link.connection,
        connected_at=link.connected_at,
        last_line_at=link.last_line_at,
        retry_at=link.retry_at,
        fault=link.fault,
    )


def again(
    report: SlotReport,
    at: int,
    link: Link,
    intake: Intake,
    captured_until: CapturedUntil,
    note: str | None,
) -> SlotReport:
    """Return the last report as it stands at `at` (ms), while nothing can be decided anew.

    `note` is said of each stream, instead of what was said last.
    """
    streams = report.streams
    if note is not None:
        streams = {key: replace(each, note=note) for key, each in streams.items()}
    report = with_link(replace(report, at=at, streams=streams), link)
    return with_counts(report, intake, captured_until)


def with_counts(report: SlotReport, intake: Intake, captured_until: CapturedUntil) -> SlotReport:
    """Add what came through the connection, whose state `with_link` has added."""
    return replace(
        report,
        last_post_at=intake.meter.last_post_at,
        received=intake.meter.received,
        skipped=dict(intake.meter.skipped),
        waiting=intake.waiting,
        kept_until=kept_until(report.at, intake, captured_until, report.last_line_at),
        delay_ms=intake.meter.delay_of(source_of(report.slot)),
    )


def with_streams(
    report: SlotReport,
    followed: Mapping[str, Followed],
    meter: ThroughputMeter,
    notes: Mapping[str, str],
    budgets: Budgets,
) -> SlotReport:
    """Add the streams that run; a note about a disk goes before one about rules, or clocks."""
    streams = {
        stream_id: StreamReport(
            generation=one.generation,
            posts=meter.posts[stream_id],
            rate=round(meter.rates.get(stream_id, 0.0), 2),
            fault=one.fault,
            note=notes.get(stream_id, one.note or clock.warning or None),
            left=budgets.left(stream_id),
        )
        for stream_id, one in followed.items()
    }
    return replace(report, streams=streams)


def with_sources(
    report: SlotReport,
    several: Iterable[Stream],
    source: CombinedSource,
    kept_until: Callable[[int | None], int],
    delay_of: Callable[[str], int] = lambda name: 0,
) -> SlotReport:
    """Add the state of each source of the streams that follow several.

    `kept_until` takes when the last line of a source came, and returns what is proved by it of
    posts that came at once; `delay_of` returns how late the posts of a source come (ms).
    """
    streams = dict(report.streams)
    for stream in several:
        if (one := streams.get(stream.id)) is None:
            continue
        sources = {}
        for name in stream.sources:
            key = source.connection_to(stream, name)
            link, answer = source.link_of(key), source.followed[key].get(stream.id)
            fault = answer.fault if answer and answer.fault else link.fault
            until = kept_until(link.last_line_at) - delay_of(name)
            sources[name] = SourceReport(link.connection, link.connected_at, fault, until)
        streams[stream.id] = replace(one, sources=sources)
    return replace(report, streams=streams)


def kept_until(
    at: int, intake: Intake, captured_until: CapturedUntil, last_line_at: int | None
) -> int:
    """Return the time (ms) up to which everything that a platform sent is on disk at `at`.

    What came after the last line may lie unread in the socket, so that line is the proof.
    """
    proved = at if last_line_at is None else last_line_at
    taken = intake.taken_until(at)  # first: captures then have what it says
    return min(at, proved, taken, captured_until(at))


def held_back(faults: Mapping[str, Fault], budgets: Budgets) -> dict[str, StreamReport]:
    """Describe the wanted streams that may not run."""
    return {
        stream_id: StreamReport(generation=0, fault=fault, left=budgets.left(stream_id))
        for stream_id, fault in faults.items()
    }
