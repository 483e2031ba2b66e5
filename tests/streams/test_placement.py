"""Which machine takes the next stream: of those that are connected, the one with most room."""

from collections import Counter

import pytest
from msgspec.structs import replace

from streams.filter import Filter
from streams.live.machines import Machine
from streams.names import ANY, DEFAULT
from streams.placement import MachineCapacity, capacities, choose, load
from streams.plan import Plan
from streams.stream import Stream, Wanted

BARE = Stream("a", 1, "a", "x", Filter("a"), Wanted.RUNNING, 1, False, 0, 0)


def place(name: str, slots: int, disk_free: int = 0) -> MachineCapacity:
    return MachineCapacity(name, slots, disk_free, 0)


@pytest.mark.parametrize(
    ("connected", "taken", "chosen"),
    [
        ([], {}, None),
        ([place("a", 0)], {}, None),
        ([place("a", 2)], {"a": 2}, None),
        ([place("a", 2)], {"a": 3}, None),
        ([place("a", 2), place("b", 3)], {}, "b"),
        ([place("a", 2), place("b", 3)], {"b": 2}, "a"),
        ([place("a", 2, 5), place("b", 2, 9)], {}, "b"),
        ([place("a", 2, 9), place("b", 3, 5)], {}, "b"),
    ],
)
def test_the_place_with_most_free_slots_is_chosen_and_of_equals_the_one_with_most_room(
    connected: list[MachineCapacity], taken: dict[str, int], chosen: str | None
) -> None:
    assert choose(connected, Counter(taken)) == chosen
    assert choose(connected[::-1], Counter(taken)) == chosen


def test_every_stream_takes_a_slot_where_it_belongs_and_none_while_it_waits() -> None:
    streams = [
        BARE,
        replace(BARE, plan=Plan(machine="lab")),
        replace(BARE, plan=Plan(machine=ANY), placed_on="lab"),
        replace(BARE, plan=Plan(machine=ANY), placed_on=DEFAULT),
        replace(BARE, plan=Plan(machine=ANY)),
        replace(BARE, plan=Plan(machine="lab"), placed_on="of before"),
    ]
    assert load(streams) == {DEFAULT: 2, "lab": 3}
    assert [each.slot for each in streams] == ["x", "x@lab", "x@lab", "x", "x@any", "x@lab"]


def test_machines_without_a_name_are_one_place() -> None:
    machines = [
        Machine("host-1", 100_000, "weir", 7, 9, named=False, slots=3),
        Machine("host-2", 100_001, "weir", 5, 9, named=False, slots=4),
        Machine("gone", 0, "weir", 5, 9, named=False, slots=99),
        Machine("lab", 50_000, "weir", 6, 9, named=True, slots=1),
    ]
    assert sorted(capacities(machines), key=lambda one: one.name) == [
        MachineCapacity(DEFAULT, 4, 5, 100_001),
        MachineCapacity("lab", 1, 6, 50_000),
    ]
