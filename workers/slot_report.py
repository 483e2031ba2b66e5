"""What a collector says of itself: put together from its parts."""

from collections.abc import Mapping

from streams.live.lease import Lease
from streams.live.report import SlotReport, StreamReport
from workers.intake import Intake
from workers.keeper import Keeper
from workers.sources.source import Followed, Link


def report_of(
    lease: Lease,
    now: int,
    link: Link,
    followed: Mapping[str, Followed],
    keeper: Keeper,
    intake: Intake,
    lag_ms: float,
) -> SlotReport:
    """Describe a slot at `now` (ms)."""
    meter = intake.meter
    notes = keeper.notes()
    running = {
        stream_id: StreamReport(
            generation=one.generation,
            posts=meter.posts[stream_id],
            rate=round(meter.rates.get(stream_id, 0.0), 2),
            fault=one.fault,
            note=notes.get(stream_id, one.note),
            left=keeper.budgets.left(stream_id),
        )
        for stream_id, one in followed.items()
    }
    kept_back = {
        stream_id: StreamReport(generation=0, fault=fault, left=keeper.budgets.left(stream_id))
        for stream_id, fault in keeper.faults.items()
    }
    return SlotReport(
        slot=lease.slot,
        owner=lease.holder.owner,
        fence=lease.fence,
        at=now,
        connection=link.connection,
        streams={**running, **kept_back},
        connected_at=link.connected_at,
        last_line_at=link.last_line_at,
        last_post_at=meter.last_post_at,
        retry_at=link.retry_at,
        fault=link.fault,
        lag_ms=round(lag_ms, 1),
        received=meter.received,
        malformed=dict(meter.skipped),
        waiting=intake.waiting,
    )
