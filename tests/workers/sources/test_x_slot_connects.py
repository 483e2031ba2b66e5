"""Collectors that take over a slot from another machine count the connects made there."""

from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from streams.live import connect
from streams.settings import Settings
from tests.rig.valkey import Valkey
from workers.sources.x.pacing import Pacing
from workers.sources.x.slot_connects import SlotConnects

Open = Callable[..., SlotConnects]


@pytest.fixture
def on_machine(redis_url: str, tmp_path: Path) -> Open:
    def open_log(machine: str, slot: str = "x", url: str = redis_url) -> SlotConnects:
        client = connect(Settings.model_construct(redis_url=url), 0.5)
        return SlotConnects(tmp_path / f"{machine}.connects", client, slot, f"collector@{machine}")

    return open_log


def test_a_machine_that_takes_over_a_slot_has_what_is_left_of_its_connects(
    on_machine: Open,
) -> None:
    before, after = on_machine("before"), on_machine("after")
    for _ in range(3):
        before.add()
    pacing = Pacing(5)
    waits = []
    for _ in range(3):
        known = after.look_elsewhere()
        waits.append(pacing.connecting(known.known_at, known))
        after.add()
    assert waits[:2] == [0.0, 0.0]
    assert waits[2] > 890
    assert len(before.look_elsewhere().times) == 3


def test_another_slot_has_an_x_app_and_connects_of_its_own(on_machine: Open) -> None:
    on_machine("here").add()
    elsewhere = on_machine("there", "x@there").look_elsewhere()
    assert (elsewhere.times, elsewhere.machines) == ((), 1)


def test_without_redis_each_machine_that_was_known_keeps_to_its_share(
    on_machine: Open, valkey: Valkey
) -> None:
    on_machine("there").add()
    here = on_machine("here")
    assert here.look_elsewhere().machines == 2
    valkey.stop()
    try:
        without = here.look_elsewhere()
        here.add()
    finally:
        valkey.start()
    assert (without.machines, without.known_at) == (2, -inf)
    assert len(here.ages()) == 1
