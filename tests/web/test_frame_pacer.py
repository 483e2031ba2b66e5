"""The frame pacer: order and completeness at every pace, and how many frames a room gets."""

from collections.abc import Callable

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from web.live.frame_pacer import INTERVAL, MANY, WRITES, FramePacer, RoomFrame

Step = tuple[str, float]


class Room:
    """One room under a clock of its own."""

    def __init__(self, viewers: int) -> None:
        self.viewers = self.everybody = viewers
        self.now = 100.0
        self.seq = 0
        self.sent: list[tuple[float, RoomFrame]] = []
        self._calls: list[tuple[float, Callable[[str], None], str]] = []
        self.pacer = FramePacer(
            lambda frame: self.sent.append((self.now, frame)),
            viewers=lambda _: self.viewers,
            everybody=lambda: self.everybody,
            later=lambda seconds, call, key: self._calls.append((self.now + seconds, call, key)),
            clock=lambda: self.now,
        )

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


def test_few_viewers_get_each_frame_at_once() -> None:
    room = Room(MANY - 1)
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


def test_a_process_with_very_many_viewers_writes_a_bounded_number_of_frames() -> None:
    room = Room(MANY)
    room.everybody = 2 * WRITES
    for _ in range(1000):
        room.add()
        room.wait(0.01)
    room.wait(2)
    assert 5 <= len(room.sent) <= 7
    assert room.posts == list(range(1, 1001))


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
