"""/machines: the machines on which collectors run."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from streams.collection import collection_of
from streams.live import machines, report
from streams.live.machines import Level, Machine, MachineState, StorageAction
from streams.live.report import Connection, SlotReport
from streams.names import slot_of
from streams.placement import load, name_of
from streams.running import running_streams
from streams.sources import MOVABLE
from web.api.route import ApiCall, ApiRoute
from web.context import context


class MachineAnswer(Struct):
    """`seen_at` is the last heartbeat (ms); `streams` counts all streams of its own slot.

    The machine accepts `slots` movable streams, `slots_free` of them now. `disk_hours_left` is the
    time until only the reserve is left at the present rate; null when nothing is written.
    `ship_waiting` sealed files still have to be uploaded to `ships_to`. For the caller's captures
    only: `disk_deeds`, what was done to free space, newest first, and `ship_faults`, what
    keeps files from being uploaded.
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
    disk_deeds: list[StorageAction]
    ships_to: str | None
    ship_waiting: int
    ship_faults: list[str]


class MachineList(Struct):
    """Sorted by name."""

    items: list[MachineAnswer]


def listing(call: ApiCall) -> MachineList:
    """List the machines."""
    mine = context().store.deletions.folders(call.account.id)
    now = context().now()
    running = running_streams(context().store, now)
    taken = load(running)
    connections = {*MOVABLE, *(each.connection for each in running if each.source in MOVABLE)}
    answers = []
    for machine in machines.known(context().redis, now):
        owned = _reports_of(machine, connections)
        answers.append(
            MachineAnswer(
                name=machine.name,
                state=machine.state(now),
                version=machine.version,
                disk_free=machine.disk_free,
                disk_total=machine.disk_total,
                seen_at=machine.at,
                named=machine.named,
                connection=next((each.connection for each in owned), None),
                streams=sum(len(each.streams) for each in owned),
                slots=machine.slots,
                slots_free=max(0, machine.slots - taken[name_of(machine)]),
                disk_hours_left=machine.care.hours_left,
                disk_level=machine.care.level,
                disk_message=machine.care.message,
                disk_deeds=[
                    replace(each, collection=collection_of(each.collection))
                    for each in machine.care.deeds
                    if each.collection in mine
                ],
                ships_to=machine.care.ships_to,
                ship_waiting=machine.care.waiting,
                ship_faults=[fault for name, fault in machine.care.faults.items() if name in mine],
            )
        )
    return MachineList(answers)


def _reports_of(machine: Machine, connections: Iterable[str]) -> list[SlotReport]:
    """Return the last reports of its movable live slots; those with a broken connection first."""
    name = machine.name if machine.named else None
    slots = [slot_of(each, name) for each in sorted(connections)]
    found = [last for slot in slots if (last := report.read(context().redis, slot))]
    own = [each for each in found if each.owner.rpartition("@")[2] == machine.name]
    return sorted(own, key=lambda each: each.connection == "connected")


routes = (
    ApiRoute("GET", "/machines", "List the machines that run collectors", listing, MachineList),
)
