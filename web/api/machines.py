"""Machines over REST: where collectors run."""

from collections import Counter

from msgspec import Struct

from streams.live import machines, report
from streams.live.machines import MachineState
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
            )
        )
    return Machines(answers)


def _taken(now: int) -> Counter[str]:
    store = parts().store
    replays = store.replays.unfinished(store.streams.running(REPLAY))
    return load(due([*store.streams.running("x"), *replays], now))


routes = (Route("GET", "/machines", "List the machines that run collectors", listing, Machines),)
