"""What a collector says of itself: put together from its parts."""

from collections.abc import Mapping

from streams.live.lease import Lease
from streams.live.report import SlotReport, StreamReport
from workers.live_path import LivePath
from workers.sources.source import Followed, Link


def report_of(
    lease: Lease,
    now: int,
    link: Link,
    followed: Mapping[str, Followed],
    path: LivePath,
    lag_ms: float,
) -> SlotReport:
    """Describe a slot at `now` (ms)."""
    meter = path.meter
    return SlotReport(
        slot=lease.slot,
        owner=lease.holder.owner,
        fence=lease.fence,
        at=now,
        connection=link.connection,
        streams={
            stream_id: StreamReport(
                generation=one.generation,
                posts=meter.posts[stream_id],
                rate=round(meter.rates.get(stream_id, 0.0), 2),
                fault=one.fault,
                note=one.note,
            )
            for stream_id, one in followed.items()
        },
        connected_at=link.connected_at,
        last_line_at=link.last_line_at,
        last_post_at=meter.last_post_at,
        retry_at=link.retry_at,
        fault=link.fault,
        lag_ms=round(lag_ms, 1),
        received=meter.received,
        malformed=dict(meter.skipped),
        waiting=path.waiting,
    )
