"""A stream: a saved filter on a source, the state its owner wants, and its outputs."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from streams.filter import Filter
from streams.names import ANY, DEFAULT, slot_of
from streams.plan import Plan
from streams.sources import SOURCES


class Wanted(StrEnum):
    """What the owner wants of a stream."""

    RUNNING = "running"
    STOPPED = "stopped"
    ARCHIVED = "archived"


class Stream(msgspec.Struct, frozen=True):
    """One stream as the store keeps it. Times are milliseconds since the epoch, UTC."""

    id: str
    account_id: int
    name: str
    source: str
    filter: Filter
    wanted: Wanted
    generation: int
    """Rises by one with every edit of the filter."""
    old: bool
    """Whether the old dashboard client's /startStream owns it."""
    created_at: int
    changed_at: int
    plan: Plan = Plan()
    placed_on: str | None = None
    """Where the server placed it, where the plan leaves that to it; None: nowhere yet."""
    folder: str | None = None
    """The folder of its collection; None where it keeps no posts."""
    further_sources: tuple[str, ...] = ()
    """What it follows besides `source`, whose collector reads these as well."""

    @property
    def sources(self) -> tuple[str, ...]:
        """All sources that it follows, in the order of the registry."""
        return (self.source, *self.further_sources)

    @property
    def is_unplaced(self) -> bool:
        """Whether it waits for a machine."""
        return self.plan.machine == ANY and self.placed_on is None

    @property
    def machine(self) -> str | None:
        """The name of the machine that it belongs to; None is the collectors without a name."""
        if self.plan.machine != ANY:
            return self.plan.machine
        return None if self.placed_on == DEFAULT else self.placed_on or ANY

    @property
    def slot(self) -> str:
        """The connection slot that serves the stream: shared, or one of its own."""
        return slot_of(self.connection, self.machine)

    @property
    def connection(self) -> str:
        """The slot without the machine."""
        kind = SOURCES.get(self.source)
        if kind and kind.slot_per_stream:
            return f"{self.source}:{self.id}"
        return self.connection_to(self.source)

    def connection_to(self, source: str) -> str:
        """Name the connection to one of its sources: `mastodon:5` is to an instance of its own."""
        kind = SOURCES.get(source)
        if kind and kind.has_instances and self.plan.instance is not None:
            return f"{source}:{self.plan.instance}"
        return source


def due(streams: Iterable[Stream], now: int) -> list[Stream]:
    """Return those whose schedule holds a moment (ms)."""
    return [stream for stream in streams if stream.plan.timing(now) == "due"]
