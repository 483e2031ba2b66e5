"""What is done before the disk is full, and in which order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.object_store import ObjectStore
from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import MINUTE, Clock, post, recorder_in, sealed_in
from workers.captures.maintenance.disk_policy import (
    DiskLimits,
    DiskState,
    RunningCapture,
    decide,
    may_resume,
)
from workers.captures.maintenance.maintainer import MaintenanceSettings, SegmentMaintainer

GIB = 1 << 30
LIMITS = DiskLimits(stop_free_bytes=GIB)
ONE = (RunningCapture("rain", GIB / 3600, 0),)  # a GiB an hour
PLAIN = (("small", 1000), ("large", 2000))


@pytest.mark.parametrize(
    ("free", "running", "plain", "level", "stop"),
    [
        (100, ONE, PLAIN, "ok", None),
        (100, (), PLAIN, "ok", None),
        (20, ONE, PLAIN, "warn", None),
        (10, ONE, PLAIN, "pack", None),
        (10, ONE, (), "warn", None),
        (1.5, ONE, PLAIN, "pack", None),
        (1.5, ONE, (), "stop", "rain"),
        (0.5, ONE, PLAIN, "stop", "rain"),
        (0.5, (), PLAIN, "pack", None),
        (0.5, (), (), "warn", None),
    ],
)
def test_first_a_warning_then_packing_then_the_stop(
    free: float,
    running: tuple[RunningCapture, ...],
    plain: tuple[tuple[str, int], ...],
    level: str,
    stop: str | None,
) -> None:
    decision = decide(DiskState(int(free * GIB), 200 * GIB, running, plain), LIMITS)
    assert (decision.level, decision.stop) == (level, stop)
    assert bool(decision.message) == bool(decision.public) == (level != "ok")
    assert "rain" not in decision.public


def test_the_forecast_counts_down_to_the_reserve() -> None:
    decision = decide(DiskState(25 * GIB, 200 * GIB, ONE), LIMITS)
    assert decision.hours_left == pytest.approx(24)


def test_the_largest_segment_is_packed_first() -> None:
    assert decide(DiskState(10 * GIB, 200 * GIB, ONE, PLAIN), LIMITS).pack == ("large", "small")


def test_a_segment_whose_packed_copy_would_not_fit_is_not_packed() -> None:
    plain = (("huge", 30 * GIB), ("small", 1000))
    assert decide(DiskState(10 * GIB, 200 * GIB, ONE, plain), LIMITS).pack == ("small",)


@pytest.mark.parametrize(
    ("running", "first"),
    [
        ([("a", 1, 5), ("b", 9, 7)], "a"),  # the lowest priority
        ([("a", 1, 5), ("b", 9, 5)], "b"),  # of equals, the one that writes most
        ([("a", 0, -1), ("b", 9, 0)], "a"),
    ],
)
def test_captures_are_stopped_in_the_declared_order(
    running: list[tuple[str, float, int]], first: str
) -> None:
    state = DiskState(0, GIB, tuple(RunningCapture(*one) for one in running))
    assert decide(state, LIMITS).stop == first


@given(
    free=st.integers(0, 100 * GIB),
    rates=st.lists(st.floats(0, 1e9), max_size=4),
    sizes=st.lists(st.integers(0, 10 * GIB), max_size=4),
)
def test_nothing_stops_while_there_is_time_and_something_stops_when_there_is_none(
    free: int, rates: list[float], sizes: list[int]
) -> None:
    running = tuple(RunningCapture(f"c{n}", rate) for n, rate in enumerate(rates))
    plain = tuple((f"p{n}", size) for n, size in enumerate(sizes))
    decision = decide(DiskState(free, 200 * GIB, running, plain), LIMITS)
    if free < LIMITS.stop_free_bytes and running:
        assert decision.stop is not None
    if decision.hours_left is None or decision.hours_left > LIMITS.stop_hours:
        assert decision.stop is None or free < LIMITS.stop_free_bytes


class Room:
    """A disk whose room tests set."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __call__(self, root: Path) -> tuple[int, int]:
        return self.free, 200 * GIB


@pytest.mark.parametrize(
    ("free", "rate", "resumes"),
    [
        (0.5, 0, False),
        (1.2, 0, False),
        (1.25, 0, True),
        (2, GIB / 3600, False),
        (12, GIB / 3600, False),
        (13, GIB / 3600, True),
    ],
)
def test_a_stopped_capture_resumes_when_there_is_room_for_hours(
    free: float, rate: float, resumes: bool
) -> None:
    assert may_resume(DiskState(int(free * GIB), 200 * GIB), LIMITS, rate) is resumes


@given(st.integers(0, 200 * GIB), st.floats(0, GIB), st.floats(0, GIB))
def test_a_capture_that_resumes_is_not_stopped_at_once(
    free: int, rate: float, others: float
) -> None:
    running = (RunningCapture("hail", others),)
    if may_resume(DiskState(free, 200 * GIB, running), LIMITS, rate):
        both = (*running, RunningCapture("rain", rate))
        assert decide(DiskState(free, 200 * GIB, both), LIMITS).stop is None


def test_the_keeper_packs_when_room_is_short_and_names_the_capture_to_stop(tmp_path: Path) -> None:
    clock, room = Clock(), Room(100 * GIB)
    recorder = recorder_in(tmp_path, QuickDisk(), clock)
    settings = MaintenanceSettings(limits=LIMITS)
    maintainer = SegmentMaintainer(
        recorder, settings, file_system=QuickDisk(), clock=clock, usage=room
    )
    writers = [recorder.open(name)[0] for name in ("rain", "hail")]
    writers[1].priority = 1
    for number in range(3):
        for writer in writers:
            writer.write(post(number, size=1_000_000), clock.now, str(number))
        recorder.commit()
        maintainer.step()
        clock.now += 5 * MINUTE
    assert maintainer.decision.level == "ok"
    assert len(sealed_in(tmp_path / "rain")) == 1
    room.free = 2 * GIB  # lasts for days at this rate
    maintainer.step()
    assert maintainer.decision.level == "ok"
    room.free = GIB + (30 << 20)
    for _ in range(3):
        maintainer.step()
    assert [path.suffix for path in sealed_in(tmp_path / "rain")] == [".zst"]
    room.free = GIB // 2
    maintainer.step()
    assert maintainer.decision.stop == "rain"
    status = maintainer.status()
    assert (status.level, status.hours_left) == ("stop", 0)
    assert [(deed.deed, deed.collection) for deed in status.deeds][:2] == [
        ("stopped", "rain"),
        ("packed", "rain"),
    ]
    assert status.message
    assert "rain" not in status.message  # that is for its owner
    assert maintainer.message_for("hail") == status.message
    assert not maintainer.has_room_for("rain")
    room.free = 100 * GIB
    maintainer.step()
    assert maintainer.has_room_for("rain")
    recorder.close()


def test_the_keeper_packs_what_is_sealed_as_the_settings_ask(tmp_path: Path) -> None:
    clock = Clock()
    recorder = recorder_in(tmp_path, QuickDisk(), clock, compression="gzip")
    maintainer = SegmentMaintainer(
        recorder, MaintenanceSettings(), file_system=QuickDisk(), clock=clock
    )
    writer, _ = recorder.open("rain")
    writer.write(post(1), clock.now, "1")
    recorder.finish(writer)
    assert maintainer.step()
    assert [path.name for path in sealed_in(tmp_path / "rain")] == ["rain20260921_1410.json.gz"]
    assert not maintainer.step()


def test_the_keeper_ships_what_is_packed(tmp_path: Path) -> None:
    clock = Clock()
    recorder = recorder_in(tmp_path / "here", QuickDisk(), clock, compression="zstd")
    settings = MaintenanceSettings(
        upload_to=ObjectStore(f"file://{tmp_path}/there"), keep_minutes=0
    )
    maintainer = SegmentMaintainer(recorder, settings, file_system=QuickDisk(), clock=clock)
    writer, _ = recorder.open("rain")
    writer.write(post(1), clock.now, "1")
    recorder.finish(writer)
    while maintainer.step():
        pass
    assert maintainer.faults() == {}
    assert sealed_in(tmp_path / "here" / "rain") == []
    assert (tmp_path / "there" / "rain" / "rain20260921_1410.json.zst").exists()
