"""Placement: where streams can run, how full each place is, and which of them takes the next."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from streams.live.machines import CONNECTED_MS, Machine
from streams.names import DEFAULT
from streams.stream import Stream


class MachineCapacity(msgspec.Struct, frozen=True):
    """A machine with a name, or all those without one together: they stand in for each other."""

    name: str
    slots: int
    disk_free: int
    spoke_at: int
    """When it was last heard of (ms)."""


def name_of(machine: Machine) -> str:
    """Name the place that a machine belongs to."""
    return machine.name if machine.named else DEFAULT


def capacities(machines: Iterable[Machine]) -> list[MachineCapacity]:
    """Gather machines into places; of several in one, the roomiest that spoke lately counts."""
    found: dict[str, MachineCapacity] = {}
    for each in sorted(machines, key=lambda one: (one.at // CONNECTED_MS, one.slots)):
        found[name_of(each)] = MachineCapacity(name_of(each), each.slots, each.disk_free, each.at)
    return list(found.values())


def load(running: Iterable[Stream]) -> Counter[str]:
    """Count streams by the place that they take a slot of."""
    return Counter(each.machine or DEFAULT for each in running if not each.is_unplaced)


def choose(connected: Sequence[MachineCapacity], taken: Counter[str]) -> str | None:
    """Name the place with the most free slots, of equals with the most room; None when all full."""
    free = [(one.slots - taken[one.name], one.disk_free, one.name) for one in connected]
    best = max(free, default=(0, 0, ""))
    return best[2] if best[0] > 0 else None
