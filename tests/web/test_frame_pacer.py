"""The frame pacer: order and completeness at every pace, and how many frames a room gets."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.live.frame_pacer import (
    CROWD,
    INTERVAL,
    LONGEST,
    MANY,
    MANY_IN_CROWD,
    SHARE,
    FramePacer,
    RoomFrame,
)

Step = tuple[str, float]


class Room:
    """One room under a clock of its own."""

    def __init__(self, viewers: int) -> None:
        self.viewers = self.everybody = viewers
        self.now = 100.0
        self.cost = 0.0
        self.seq = 0
        self.sent: list[tuple[float, RoomFrame]] = []
        self._calls: list[tuple[float, Callable[[str], None], str]] = []
        self.pacer = FramePacer(
            self.send,
            viewers=lambda _: self.viewers,
            everybody=lambda: self.everybody,
            later=lambda seconds, call, key: self._calls.append((self.now + seconds, call, key)),
            clock=lambda: self.now,
        )

    def send(self, frame: RoomFrame) -> None:
        self.sent.append((self.now, frame))
        self.now += self.cost * self.viewers

    def add(self) -> None:
        self.seq += 1
        self.pacer.add(RoomFrame("s", "e", self.seq, b"[%d]" % self.seq, 1))

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [each for each in self._calls if each[0] <= until]:
            first = min(due, key=lambda each: each[0])
            self._calls.remove(first)
            self.now = max(self.now, first[0])
            first[1](first[2])
        self.now = until

    @property
    def posts(self) -> list[int]:
        return [post for _, frame in self.sent for post in msgspec.json.decode(frame.posts)]


def test_small_rooms_are_merged_where_one_process_has_a_crowd_in_many_of_them() -> None:
    room = Room(MANY_IN_CROWD)
    room.everybody = CROWD
    for _ in range(10):
        room.add()
    room.wait(INTERVAL)
    assert [len(msgspec.json.decode(frame.posts)) for _, frame in room.sent] == [1, 9]


@pytest.mark.parametrize(
    ("viewers", "everybody"), [(MANY - 1, CROWD - 1), (MANY_IN_CROWD - 1, 10 * CROWD)]
)
def test_few_viewers_get_each_frame_at_once(viewers: int, everybody: int) -> None:
    room = Room(viewers)
    room.everybody = everybody
    for _ in range(10):
        room.add()
    assert [(at, frame.seq) for at, frame in room.sent] == [(100.0, seq) for seq in range(1, 11)]


def test_many_viewers_get_the_first_frame_at_once_and_then_fifteen_a_second() -> None:
    room = Room(MANY)
    for _ in range(500):
        room.add()
        room.wait(0.004)
    room.wait(1)
    assert room.sent[0][1].seq == 1
    assert 29 <= len(room.sent) <= 31
    assert room.posts == list(range(1, 501))
    assert sum(frame.left_out for _, frame in room.sent) == 500


@pytest.mark.parametrize(
    ("everybody", "cost", "frames"),
    [(100, 0.0001, 15), (2_000, 0.0001, SHARE / 0.2), (2_000, 0.01, 1 / LONGEST)],
)
def test_many_viewers_get_as_many_frames_as_there_is_time_to_write(
    everybody: int, cost: float, frames: float
) -> None:
    room = Room(MANY)
    room.everybody, room.cost = everybody, cost
    while room.now < 160:
        room.add()
        room.wait(0.01)
    lately = [at for at, _ in room.sent if 120 < at <= 150]
    assert 0.8 * 30 * frames <= len(lately) <= 1.05 * 30 * frames
    room.wait(LONGEST)
    assert room.posts == list(range(1, room.seq + 1))


def test_what_waits_for_a_room_that_was_dropped_never_comes() -> None:
    room = Room(MANY)
    room.add()
    room.add()
    room.pacer.drop("s")
    room.wait(1)
    assert room.posts == [1]


@given(
    st.lists(
        st.one_of(
            st.just(("add", 0.0)),
            st.tuples(st.just("wait"), st.floats(0, 0.2)),
            st.just(("flush", 0.0)),
            st.tuples(st.just("viewers"), st.integers(0, 2 * MANY).map(float)),
        ),
        max_size=60,
    )
)
def test_every_post_comes_once_in_order_and_within_the_interval(steps: list[Step]) -> None:
    room = Room(MANY)
    added_at: dict[int, float] = {}
    for name, value in steps:
        if name == "add":
            room.add()
            added_at[room.seq] = room.now
        elif name == "wait":
            room.wait(value)
        elif name == "flush":
            room.pacer.flush("s")
        else:
            room.viewers = int(value)
    room.wait(INTERVAL)
    assert room.posts == list(range(1, room.seq + 1))
    for at, frame in room.sent:
        for post in msgspec.json.decode(frame.posts):
            assert at - added_at[post] <= INTERVAL + 1e-9


def test_frames_of_two_epochs_are_never_merged() -> None:
    room = Room(MANY)
    room.add()
    for number, epoch in enumerate("eefff"):
        room.pacer.add(RoomFrame("s", epoch, number, b"[1]", 0))
    room.wait(1)
    assert [frame.epoch for _, frame in room.sent] == ["e", "e", "f"]
    assert sum(frame.posts.count(b"1") for _, frame in room.sent) == 6
