"""What became of a stream is on its record, once for each change, whoever looks how often."""

from pathlib import Path

import pytest
import redis

from streams.filter import Filter
from streams.live.report import KEPT_SECONDS, Connection, Fault, SlotReport, StreamReport, write
from streams.names import report_key
from streams.stream import Wanted
from tests.rig.database import new_store
from workers.control.state_history import record_states

SPENT = Fault("budget_spent", "The budget is spent.")


class Watched:
    """One stream, its reports, and its record."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.store = new_store(folder)
        self.account_id = self.store.accounts.sign_in("1", "demo", "Demo", None, b"x", 0).id
        self.id = self.store.streams.create(self.account_id, "a", Filter("rain"), 0).id
        self.redis = redis.Redis.from_url(redis_url)

    reported_at = 0

    def want(self, wanted: Wanted, now: int) -> None:
        assert self.store.streams.edit(self.id, self.account_id, now, wanted=wanted)

    def look(
        self, now: int, connection: Connection | None = None, fault: Fault | None = None
    ) -> None:
        """Report, if anything, and record what is seen then, twice."""
        if connection:
            streams = {self.id: StreamReport(1, fault=fault)}
            write(self.redis, SlotReport("x", "c", 1, now, connection, streams))
            self.reported_at = now
        age = now - self.reported_at  # by the clock of Redis, which this test sets
        self.redis.pexpire(report_key("x"), KEPT_SECONDS * 1000 - age)
        record_states(self.store, self.redis, now)
        record_states(self.store, self.redis, now)

    def record(self) -> list[tuple[int, object, object]]:
        """Moment, state, and the fault's code of what nobody ordered."""
        return [
            (each.at, each.after.get("state"), (each.after.get("fault") or {}).get("code"))  # type: ignore[attr-defined]
            for each in self.store.streams.edits(self.id)
            if each.account_id is None
        ]


@pytest.fixture
def watched(tmp_path: Path, redis_url: str) -> Watched:
    return Watched(tmp_path, redis_url)


def test_a_stream_that_was_never_started_has_no_states(watched: Watched) -> None:
    watched.look(1_000, "connected")
    assert watched.record() == []


def test_each_change_is_recorded_once_with_its_reason(watched: Watched) -> None:
    watched.want(Wanted.RUNNING, 1_000)
    watched.look(1_500)  # an order that is being carried out
    watched.look(2_000, "connected")
    watched.look(4_000, "connected")
    watched.look(6_000, "backing_off")
    watched.look(8_000, "connected")
    watched.look(10_000, "connected", SPENT)
    watched.want(Wanted.STOPPED, 20_000)
    watched.look(20_000)
    watched.look(22_000)
    assert watched.record() == [
        (2_000, "running", None),
        (6_000, "reconnecting", None),
        (8_000, "running", None),
        (10_000, "failed", "budget_spent"),
        (20_000, "stopped", None),
    ]


def test_a_fault_whose_words_change_is_the_same_fault(watched: Watched) -> None:
    watched.want(Wanted.RUNNING, 1_000)
    watched.look(2_000, "connected", Fault("rate_limited", "Waiting 20 s."))
    watched.look(4_000, "connected", Fault("rate_limited", "Waiting 18 s."))
    assert watched.record() == [(2_000, "failed", "rate_limited")]


def test_an_archived_stream_is_looked_at_no_more(watched: Watched) -> None:
    watched.want(Wanted.RUNNING, 1_000)
    watched.look(2_000, "connected")
    watched.want(Wanted.ARCHIVED, 3_000)
    watched.look(9_000)
    assert watched.store.streams.unsettled("x") == []
