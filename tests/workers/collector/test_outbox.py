"""The outbox never waits: batches go to taggers, late ones to viewers as they are."""

import pytest

from streams.batch import Batch
from streams.post import Post
from workers.collector import outbox
from workers.collector.in_flight import InFlight
from workers.collector.outbox import Outbox


def batch(number: int) -> Batch:
    return Batch("x", 1, number, [Post(str(number), "rain")], [("a",)])


class Ends:
    """Both ends of an outbox; `down` makes them unreachable."""

    def __init__(self, room: int) -> None:
        self.tagged: list[int] = []
        self.bare: list[int] = []
        self.down = False
        self.outbox = Outbox(InFlight(room), self._to(self.tagged), self._to(self.bare))

    def _to(self, numbers: list[int]) -> outbox.Send:
        def send(sent: Batch) -> None:
            if self.down:
                raise ConnectionError("away")
            numbers.append(sent.number)

        return send


def test_batches_go_out_in_order_as_long_as_there_is_room() -> None:
    ends = Ends(room=2)
    for number in range(4):
        ends.outbox.put(batch(number))
    ends.outbox.push()
    assert ends.tagged == [0, 1]
    assert ends.outbox.posts == 2
    ends.outbox.in_flight.done([0])
    ends.outbox.push()
    assert ends.tagged == [0, 1, 2]


def test_a_batch_that_no_tagger_takes_goes_to_the_viewers_without_labels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends = Ends(room=1)
    ends.outbox.put(batch(0))
    ends.outbox.put(batch(1))
    ends.outbox.push()
    assert (ends.tagged, ends.bare) == ([0], [])
    monkeypatch.setattr(outbox, "PATIENCE", -1.0)
    ends.outbox.push()
    assert (ends.tagged, ends.bare) == ([0], [1])
    assert ends.outbox.posts == 0


def test_what_cannot_be_sent_now_is_kept_and_sent_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "AGAIN", 0.0)
    ends = Ends(room=5)
    ends.down = True
    ends.outbox.put(batch(0))
    ends.outbox.push()
    assert ends.outbox.posts == 1
    assert len(ends.outbox.in_flight) == 0
    ends.down = False
    ends.outbox.push()
    assert ends.tagged == [0]


def test_the_oldest_batch_is_shed_first_and_counted() -> None:
    ends = Ends(room=1)
    ends.outbox.put(batch(0))
    ends.outbox.put(batch(1))
    shed = ends.outbox.shed()
    assert shed is not None
    assert len(shed.posts) == 1
    ends.outbox.push()
    assert ends.tagged == [1]
    assert ends.outbox.shed() is None


def test_a_batch_that_the_other_side_may_have_is_never_shed_but_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "AGAIN", 0.0)
    ends = Ends(room=9)
    for number in range(3):
        ends.outbox.put(batch(number))
    ends.down = True
    ends.outbox.push()
    shed = [ends.outbox.shed() for _ in range(3)]
    assert [each and each.number for each in shed] == [1, 2, None]
    assert ends.outbox.posts == 1
    ends.down = False
    ends.outbox.put(batch(3))
    ends.outbox.push()
    assert ends.tagged == [0, 3]


def test_at_the_end_everything_is_enqueued_room_or_not() -> None:
    ends = Ends(room=1)
    for number in range(3):
        ends.outbox.put(batch(number))
    ends.outbox.empty()
    assert ends.tagged == [0, 1, 2]
