"""What the owner of a slot says of itself, once a second."""

from typing import Literal

import msgspec
import redis
from msgspec.structs import replace

from streams import names

KEPT_SECONDS = 3600
"""How long the last word of a dead collector can still be read."""

Connection = Literal["connecting", "connected", "backing_off", "refused", "idle", "closed"]


class Fault(msgspec.Struct, frozen=True):
    """Why something does not run: a code for programs, a sentence that says what to do."""

    code: str
    message: str


class SourceReport(msgspec.Struct, frozen=True):
    """One of several sources of a stream. Times are ms since the epoch.

    All that it sent until `kept_until` is captured on disk, where it is to be.
    """

    connection: Connection
    connected_at: int | None = None
    fault: Fault | None = None
    kept_until: int = 0

    @property
    def brings_posts(self) -> bool:
        """Whether its posts come in."""
        return self.connection == "connected" and self.fault is None


class StreamReport(msgspec.Struct, frozen=True):
    """One stream on the slot: the filter generation in force, posts so far and per second."""

    generation: int
    posts: int = 0
    rate: float = 0.0
    fault: Fault | None = None
    note: str | None = None
    left: int | None = None
    """Posts that its budget still allows; None without a budget."""
    sources: dict[str, SourceReport] = {}
    """By name, of a stream that follows several; empty for others."""


class SlotReport(msgspec.Struct, frozen=True):
    """What a collector reports. Times are ms since the epoch.

    `lag_ms` is the recent average from the receipt of a line to its relay to the dashboards.
    """

    slot: str
    owner: str
    fence: int
    at: int
    connection: Connection
    streams: dict[str, StreamReport] = {}
    connected_at: int | None = None
    last_line_at: int | None = None
    last_post_at: int | None = None
    retry_at: int | None = None
    fault: Fault | None = None
    lag_ms: float = 0.0
    received: int = 0
    skipped: dict[str, int] = {}
    """Lines without a post to show, by kind: unreadable, duplicate, deleted, over budget, …"""
    waiting: int = 0
    kept_until: int = 0
    """All lines received until then are captured on disk, where they are to be."""
    delay_ms: int = 0
    """How late posts have come lately: those that were on their way at its end are so old."""
    read_age_ms: int | None = None
    """How old it was when it was read from Redis, by the clock of Redis."""

    def age(self, now: int) -> int:
        """Return how old it is (ms): that of its machine's clock may be wrong."""
        return now - self.at if self.read_age_ms is None else self.read_age_ms


def write(client: redis.Redis, report: SlotReport) -> None:
    """Replace the slot's report."""
    client.set(names.report_key(report.slot), msgspec.json.encode(report), ex=KEPT_SECONDS)


def read(client: redis.Redis, slot: str) -> SlotReport | None:
    """Return the slot's last report, however old: ask its `age`."""
    with client.pipeline(transaction=False) as pipe:
        pipe.get(names.report_key(slot))
        pipe.pttl(names.report_key(slot))
        value, left = pipe.execute()
    if value is None:
        return None
    report = msgspec.json.decode(value, type=SlotReport)
    return replace(report, read_age_ms=max(0, KEPT_SECONDS * 1000 - left))
