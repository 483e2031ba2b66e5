"""Streams that may run anywhere: placed where there is room, moved when that place stays silent."""

from pathlib import Path

import pytest
import redis

from streams.filter import Filter
from streams.live import heartbeats, machines
from streams.live.lease import Lease
from streams.live.machines import Machine
from streams.live.report import Connection, SlotReport, StreamReport, read, write
from streams.names import ANY, DEFAULT, slot_of
from streams.plan import Plan
from streams.stream import Stream, Wanted
from tests.rig.database import new_store
from workers.control.placement import place
from workers.control.reconcile import start_missing_collectors

AWAY = 60_000


class Lab:
    """Machines that say what the test wants, at moments of the test's own."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.store = new_store(folder)
        self.account_id = self.store.accounts.sign_in("1", "demo", "Demo", None, b"x", 0).id
        self.redis = redis.Redis.from_url(redis_url)
        self.now = 1_000_000_000

    def stream(self, machine: str | None = ANY) -> Stream:
        plan = Plan(machine=machine)
        made = self.store.streams.create(self.account_id, "a", Filter("a"), self.now, plan=plan)
        self.want(made, Wanted.RUNNING)
        return made

    def want(self, stream: Stream, wanted: Wanted) -> None:
        self.store.streams.edit(stream.id, self.account_id, self.now, wanted=wanted)

    def speak(self, *names: str, slots: int = 2, disk: int = 0) -> None:
        for name in names:
            named = name != DEFAULT
            machine = Machine(name, self.now, "weir", disk, 9, named=named, slots=slots)
            machines.report(self.redis, machine)
            heartbeats.beat(self.redis, "collector", name)

    def vanish(self, name: str) -> None:
        heartbeats.clear(self.redis, "collector", name)

    def report(self, slot: str, *streams: Stream, connection: Connection = "connected") -> None:
        running = {each.id: StreamReport(generation=1) for each in streams}
        write(self.redis, SlotReport(slot, "w", 1, self.now, connection, running))

    def own(self, slot: str) -> Lease:
        lease = Lease.acquire(self.redis, slot, "w", 60)
        assert lease is not None
        return lease

    def place(self, later: int = 0) -> None:
        self.now += later
        place(self.store, self.redis, AWAY, self.now)

    def where(self, stream: Stream) -> str | None:
        found = self.store.streams.get(stream.id)
        assert found is not None
        return found.placed_on

    def waits(self) -> dict[str, str]:
        report = read(self.redis, slot_of("x", ANY))
        assert report is not None
        return {key: one.fault.code for key, one in report.streams.items() if one.fault}


@pytest.fixture
def lab(tmp_path: Path, redis_url: str) -> Lab:
    return Lab(tmp_path, redis_url)


def test_streams_fill_the_machines_evenly_and_the_last_ones_wait(lab: Lab) -> None:
    lab.speak("one", "two", slots=2)
    lab.speak(DEFAULT, slots=1)
    streams = [lab.stream() for _ in range(6)]
    lab.place()
    placed = [lab.where(each) for each in streams]
    assert sorted(map(str, placed)) == sorted(["one", "one", "two", "two", DEFAULT, "None"])
    assert lab.waits() == {streams[5].id: "machines_full"}
    lab.want(streams[0], Wanted.STOPPED)
    lab.place()
    assert lab.where(streams[5]) == placed[0]
    assert lab.waits() == {}


def test_streams_with_a_machine_of_their_own_choice_take_slots_and_are_left_alone(lab: Lab) -> None:
    lab.speak("one", slots=1)
    fixed, anywhere = lab.stream("one"), lab.stream()
    lab.place()
    assert (lab.where(fixed), lab.where(anywhere)) == (None, None)


def test_without_a_machine_a_stream_says_so_and_no_collector_is_asked_for(lab: Lab) -> None:
    stream = lab.stream()
    slots: list[str] = []
    lab.place()
    start_missing_collectors(lab.store, lab.redis, slots.append, lab.now)
    assert (lab.waits(), slots) == ({stream.id: "no_machine"}, [])
    lab.speak("one")
    lab.place()
    start_missing_collectors(lab.store, lab.redis, slots.append, lab.now)
    assert (lab.waits(), slots) == ({}, ["x@one"])


def test_a_machine_that_was_just_stopped_is_given_nothing(lab: Lab) -> None:
    lab.speak("one")
    lab.vanish("one")
    stream = lab.stream()
    lab.place()
    assert lab.waits() == {stream.id: "no_machine"}


def test_a_stream_moves_when_its_machine_was_silent_for_long_enough(lab: Lab) -> None:
    lab.speak("one", slots=9)
    stream = lab.stream()
    lab.place()
    lab.report("x@one", stream)
    heard_at = lab.now
    for _ in range(5):
        lab.place(later=AWAY // 6)
        lab.speak("two")
        assert lab.where(stream) == "one"
    lab.place(later=AWAY // 6)
    assert lab.where(stream) == "two"
    (gap,) = lab.store.gaps.of(stream.id)
    assert (gap.started_at, gap.ended_at, gap.reason) == (heard_at, None, "machine_away")
    edits = [
        (each.account_id, each.before, each.after) for each in lab.store.streams.edits(stream.id)
    ]
    assert edits[-2:] == [
        (None, {"placed_on": None}, {"placed_on": "one"}),
        (None, {"placed_on": "one"}, {"placed_on": "two"}),
    ]


def silence(lab: Lab) -> None:
    """Let the away time pass while a placer watches."""
    for _ in range(7):
        lab.place(later=AWAY // 6)


def test_it_stays_where_a_collector_holds_its_slot(lab: Lab) -> None:
    lab.speak("one")
    stream = lab.stream()
    lab.place()
    lab.own("x@one")
    lab.speak("two")
    silence(lab)
    assert lab.where(stream) == "one"


def test_it_stays_when_no_other_machine_has_room_and_its_gap_is_told(lab: Lab) -> None:
    lab.speak("one")
    stream = lab.stream()
    lab.place()
    lab.report("x@one", stream)
    lab.speak("two", slots=0)
    silence(lab)
    assert lab.where(stream) == "one"
    assert [each.reason for each in lab.store.gaps.of(stream.id)] == ["machine_away"]


def test_a_stream_that_never_ran_where_it_was_placed_has_no_gap(lab: Lab) -> None:
    lab.speak("one")
    stream = lab.stream()
    lab.place()
    lab.report("x@one")
    lab.vanish("one")
    silence(lab)
    lab.speak("two")
    lab.place()
    assert lab.where(stream) == "two"
    assert lab.store.gaps.of(stream.id) == []


def test_a_silence_to_which_nobody_listened_is_none(lab: Lab) -> None:
    lab.speak("one")
    stream = lab.stream()
    lab.place()
    lab.redis.flushall()  # Redis was restarted without what it knew
    lab.speak("two")
    lab.place(later=AWAY)
    assert lab.where(stream) == "one"
    silence(lab)
    assert lab.where(stream) == "two"


def test_a_stream_of_the_users_choice_never_moves(lab: Lab) -> None:
    lab.speak("one")
    stream = lab.stream("one")
    lab.report("x@one", stream)
    lab.stream()
    silence(lab)
    found = lab.store.streams.get(stream.id)
    assert found is not None
    assert (found.slot, found.placed_on) == ("x@one", None)


def test_a_start_chooses_anew_once_the_machine_of_before_has_let_go(lab: Lab) -> None:
    lab.speak("one", slots=1)
    stream = lab.stream()
    lab.place()
    lab.report("x@one", stream)
    lease = lab.own("x@one")
    lab.want(stream, Wanted.STOPPED)
    lab.want(stream, Wanted.RUNNING)
    lab.speak("two", slots=9)
    lab.place()
    assert lab.where(stream) is None  # the machine of before still says that it runs it
    lab.report("x@one")
    lab.place()
    assert lab.where(stream) == "two"
    lease.release()


@pytest.mark.parametrize("later", [AWAY - 1, AWAY])
def test_a_machine_that_died_holds_a_started_stream_until_it_has_let_go_by_itself(
    lab: Lab, later: int
) -> None:
    lab.speak("one")
    stream = lab.stream()
    lab.place()
    lab.report("x@one", stream)
    lab.vanish("one")
    lab.want(stream, Wanted.STOPPED)
    lab.want(stream, Wanted.RUNNING)
    lab.speak("two")
    lab.place(later)
    assert lab.where(stream) == ("two" if later >= AWAY else None)


def test_a_machine_that_said_goodbye_holds_nothing(lab: Lab) -> None:
    lab.speak("one")
    stream = lab.stream()
    lab.place()
    lab.report("x@one", stream, connection="closed")
    lab.vanish("one")
    lab.want(stream, Wanted.STOPPED)
    lab.want(stream, Wanted.RUNNING)
    lab.speak("two")
    lab.place()
    assert lab.where(stream) == "two"


def test_one_process_at_a_time_places(lab: Lab) -> None:
    lab.speak("one")
    stream = lab.stream()
    lease = lab.own("placement")
    lab.place()
    assert lab.where(stream) is None
    lease.release()
    lab.place()
    assert lab.where(stream) == "one"
