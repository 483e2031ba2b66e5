"""No more batches are on their way than the taggers can be trusted with."""

import threading

import pytest

from workers.collector import in_flight as in_flight_module
from workers.collector.in_flight import InFlight


def test_there_is_room_until_the_limit_is_reached() -> None:
    in_flight = InFlight(2)
    in_flight.started(1, 5)
    assert in_flight.wait_for_room(0)
    in_flight.started(2, 6)
    assert not in_flight.wait_for_room(0.01)


def test_a_batch_that_is_done_makes_room_for_whoever_waits() -> None:
    in_flight = InFlight(1)
    in_flight.started(1, 5)
    found: list[bool] = []
    waiting = threading.Thread(target=lambda: found.append(in_flight.wait_for_room(10)))
    waiting.start()
    assert in_flight.done([1]) == [5]
    waiting.join(10)
    assert found == [True]


def test_a_batch_of_a_dead_tagger_holds_its_place_for_a_limited_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_flight = InFlight(1)
    in_flight.started(1, 5)
    monkeypatch.setattr(in_flight_module, "PRESUMED_LOST", 0.0)
    assert in_flight.wait_for_room(0)
    assert in_flight.done([1]) == []


def test_numbers_that_nobody_waits_for_are_ignored() -> None:
    assert InFlight(1).done([7, 8]) == []
