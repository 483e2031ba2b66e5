"""A job: a stream that a capture client runs on its own machine, told by REST what to do."""

import msgspec

from streams.collection import COLLECTION
from streams.keywords import text_of
from streams.plan import CaptureOptions, Plan
from streams.stream import Stream

CLIENT = "client"
"""The source of such streams: no collector of ours serves it."""
NAME_EXPECTED = "use 1 to 64 letters, digits, spaces, _ or -, with no space at an end"


class Client(msgspec.Struct, frozen=True):
    """A machine that may run jobs. Times are ms since the epoch, UTC.

    `deletes_at` is when it first asked what is to be deleted: our own agent does.
    """

    id: int
    account_id: int
    name: str
    created_at: int
    seen_at: int | None
    revoked_at: int | None
    deletes_at: int | None = None

    @property
    def machine(self) -> str:
        """What it is called among the machines of a deletion; no host can be called so."""
        return f"client {self.id}: {self.name}"


class Job(msgspec.Struct, frozen=True):
    """One job, with its stream. Times are ms since the epoch, UTC.

    `asked_at` is when its owner last asked it to start or to stop; `started_at` and `stopped_at`
    are when the client last said that it did; `seen_at` is the client's last sign of life.
    """

    number: int
    stream: Stream
    client_id: int | None
    client_name: str | None
    asked_at: int | None
    first_started_at: int | None
    started_at: int | None
    stopped_at: int | None
    archived_at: int | None
    total_count: int | None
    rate: float | None
    pinged_at: int | None
    seen_at: int | None

    @property
    def keywords(self) -> str:
        """What it looks for, as one text."""
        return text_of(self.stream.filter)

    @property
    def description(self) -> str:
        """What it is for, in its owner's words."""
        return self.stream.plan.description


def plan_of(name: str, description: str) -> Plan:
    """Make the plan of a job: its collection, on the client's machine, has the job's name."""
    return Plan(description=description, capture=CaptureOptions(collection=name))


def is_name(text: str) -> bool:
    """Return whether a job may have the name: it becomes a folder and a part of file names."""
    return COLLECTION.fullmatch(text) is not None
