"""Collector machines: what each last said of itself."""

from typing import Literal

import msgspec
import redis

from streams import names

CONNECTED_MS, LATE_MS = 30_000, 60_000
"""Silent for less than the first: connected; less than the second: late."""
FORGOTTEN_MS = 30 * 86_400_000

MachineState = Literal["connected", "late", "disconnected"]


Level = Literal["ok", "warn", "pack", "stop"]
MAX_ACTIONS = 10


class StorageAction(msgspec.Struct, frozen=True):
    """What was done to make room, and when (ms); `message` is for a person.

    `collection` is the folder of the collection in what a machine reports.
    """

    at: int
    deed: Literal["packed", "stopped"]
    collection: str
    message: str


class StorageStatus(msgspec.Struct, frozen=True):
    """How the segments on a machine fare: the room that is left, and what waits to be shipped.

    `hours_left` is until the disk's reserve is reached at the present rate; None when nothing is
    written. `deeds` are the last ones, newest first.
    """

    hours_left: float | None = None
    level: Level = "ok"
    message: str = ""
    deeds: tuple[StorageAction, ...] = ()
    ships_to: str | None = None
    waiting: int = 0
    faults: dict[str, str] = {}
    """By folder of a collection."""


class Machine(msgspec.Struct, frozen=True):
    """`at` is when it last spoke (ms); streams can be placed on one that was given a name."""

    name: str
    at: int
    version: str
    disk_free: int
    disk_total: int
    named: bool = False
    slots: int = 0
    """How many streams it takes of those that may run anywhere."""
    care: StorageStatus = StorageStatus()
    clock: str = ""
    """What is wrong with its clock, for the operator."""

    def state(self, now: int) -> MachineState:
        """Judge it by its silence."""
        silent = now - self.at
        if silent < CONNECTED_MS:
            return "connected"
        return "late" if silent < LATE_MS else "disconnected"


def report(client: redis.Redis, machine: Machine) -> None:
    """Publish the state of this machine."""
    client.hset(names.MACHINES, machine.name, msgspec.json.encode(machine))


def known(client: redis.Redis, now: int) -> list[Machine]:
    """List the machines that spoke within a month, by name."""
    values = client.hvals(names.MACHINES)
    machines = [msgspec.json.decode(value, type=Machine) for value in values]
    return sorted((each for each in machines if now - each.at < FORGOTTEN_MS), key=_name)


def watch(client: redis.Redis, now: int, patience_ms: int) -> int:
    """Tell since when (ms) machines have been looked at at least every `patience_ms`.

    A silence counts from then on at the earliest: what Redis lost, or nobody read, is none.
    """
    client.set(names.WATCH, now, px=patience_ms, nx=True)
    client.pexpire(names.WATCH, patience_ms)
    since = client.get(names.WATCH)
    return int(since) if since else now


def _name(machine: Machine) -> str:
    return machine.name
