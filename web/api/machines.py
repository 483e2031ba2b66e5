"""Machines over REST: where collectors run."""

from collections import Counter

from msgspec import Struct

from streams.live import machines, report
from streams.live.machines import Deed, Level, MachineState
from streams.live.report import Connection
from streams.placement import load, name_of
from streams.replay import REPLAY
from streams.stream import due
from streams.topics import slot_of
from web.api.route import Call, Route
from web.parts import parts


class MachineAnswer(Struct):
    """`seen_at` is the last heartbeat (ms); `streams` counts all streams of its own slot.

    It takes `slots` streams of those that may run on any machine, `slots_free` of them now.
    The disk lasts `disk_hours_left` at the present rate, until what is reserved is all that is
    left; null when nothing is written. `disk_deeds` is what was done to make room, newest first.
    `ship_waiting` sealed files are still to go to `ships_to`; `ship_faults` say what keeps them.
    """

    name: str
    state: MachineState
    version: str
    disk_free: int
    disk_total: int
    seen_at: int
    named: bool
    connection: Connection | None
    streams: int
    slots: int
    slots_free: int
    disk_hours_left: float | None
    disk_level: Level
    disk_message: str
    disk_deeds: tuple[Deed, ...]
    ships_to: str | None
    ship_waiting: int
    ship_faults: tuple[str, ...]


class Machines(Struct):
    """By name."""

    items: list[MachineAnswer]


def listing(_call: Call) -> Machines:
    """List the machines."""
    now = parts().now()
    taken = _taken(now)
    answers = []
    for machine in machines.known(parts().redis, now):
        slot = slot_of("x", machine.name if machine.named else None)
        last = report.read(parts().redis, slot)
        mine = last if last and last.owner.rpartition("@")[2] == machine.name else None
        answers.append(
            MachineAnswer(
                name=machine.name,
                state=machine.state(now),
                version=machine.version,
                disk_free=machine.disk_free,
                disk_total=machine.disk_total,
                seen_at=machine.at,
                named=machine.named,
                connection=mine.connection if mine else None,
                streams=len(mine.streams) if mine else 0,
                slots=machine.slots,
                slots_free=max(0, machine.slots - taken[name_of(machine)]),
                disk_hours_left=machine.care.hours_left,
                disk_level=machine.care.level,
                disk_message=machine.care.message,
                disk_deeds=machine.care.deeds,
                ships_to=machine.care.ships_to,
                ship_waiting=machine.care.waiting,
                ship_faults=machine.care.faults,
            )
        )
    return Machines(answers)


def _taken(now: int) -> Counter[str]:
    store = parts().store
    replays = store.replays.unfinished(store.streams.running(REPLAY))
    return load(due([*store.streams.running("x"), *replays], now))


routes = (Route("GET", "/machines", "List the machines that run collectors", listing, Machines),)
