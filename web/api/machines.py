"""Machines over REST: where collectors run."""

from msgspec import Struct

from streams.live import machines, report
from streams.live.machines import MachineState
from streams.live.report import Connection
from streams.topics import slot_of
from web.api.route import Call, Route
from web.parts import parts


class MachineAnswer(Struct):
    """`seen_at` is the last heartbeat (ms); `streams` counts all streams of its own slot."""

    name: str
    state: MachineState
    version: str
    disk_free: int
    disk_total: int
    seen_at: int
    named: bool
    connection: Connection | None
    streams: int


class Machines(Struct):
    """By name."""

    items: list[MachineAnswer]


def listing(_call: Call) -> Machines:
    """List the machines."""
    now = parts().now()
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
            )
        )
    return Machines(answers)


routes = (Route("GET", "/machines", "List the machines that run collectors", listing, Machines),)
