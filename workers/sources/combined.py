"""Several sources as one: what the streams of a slot follow besides the slot's own source."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec
from msgspec.structs import replace

from streams.live.report import Fault
from streams.names import source_of
from streams.source_limits import filter_for
from streams.sources import SOURCES
from streams.stream import Stream
from workers.sources.source import Followed, Link, Outage, Receive, Received, Skipped, Source

log = logging.getLogger(__name__)

BROKE = Fault("source_broke", "Weir's code for this source failed, and why has been logged.")


class _PartPosition(msgspec.Struct, frozen=True):
    """A position in the source of that connection."""

    name: str
    position: object


class CombinedSource:
    """Implements Source: the slot's own source, and others once a stream asks for them.

    Each has a connection and a thread of its own, and none waits for another.
    """

    def __init__(self, slot: str, own: Source, open_part: Callable[[str], Source]) -> None:
        """`open_part` makes the source of a slot that is named like `bluesky:x`."""
        self._slot = slot
        self._own_key = slot.partition("@")[0]
        self._own = own
        self._open_part = open_part
        self._parts: dict[str, Source] = {self._own_key: own}
        self._threads: dict[str, threading.Thread] = {}
        self._receive: Receive | None = None
        self._lock = threading.Lock()
        self._stopped = False
        self.followed: dict[str, Mapping[str, Followed]] = {}
        """By connection: what its source answered when it was last told what is wanted of it."""

    @property
    def connections(self) -> tuple[str, ...]:
        """The connections that have been opened; the slot's own is the first."""
        return tuple(self._parts)

    def connection_to(self, stream: Stream, source: str) -> str:
        """Name the connection on which a source is read for a stream."""
        return self._own_key if source == stream.source else stream.connection_to(source)

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Tell each source which streams are wanted of it; raises what one of them raises."""
        asked: dict[str, list[Stream]] = {key: [] for key in self._parts}
        for stream in wanted:
            for name in stream.sources:
                key = self.connection_to(stream, name)
                asked.setdefault(key, []).append(_asked(name, stream))
        for key in [key for key in asked if key not in self._parts]:
            self._open(key)
        for key, streams in asked.items():
            self.followed[key] = self._parts[key].follow(streams)
        return {each.id: one for each in wanted if (one := self._merged(each)) is not None}

    def run(self, receive: Receive) -> None:
        """Run the slot's own source, and the others beside it, until `stop`."""
        with self._lock:
            self._receive = receive
            waiting = [name for name in self._parts if name != self._own_key]
        for name in waiting:
            self._start(name)
        self._own.run(receive)

    def taken(self, position: object) -> None:
        """Hand a position back to the source that it is of."""
        if isinstance(position, _PartPosition):
            self._parts[position.name].taken(position.position)
        else:
            self._own.taken(position)

    def link(self) -> Link:
        """Return the state of the connection of the slot's own source."""
        return self._own.link()

    def link_of(self, name: str) -> Link:
        """Return the state of one connection."""
        thread = self._threads.get(name)
        if thread is not None and not thread.is_alive() and not self._stopped:
            return replace(self._parts[name].link(), connection="refused", fault=BROKE)
        return self._parts[name].link()

    def outages(self) -> Sequence[Outage]:
        """Return the outages of the slot's own source that ended since the last call."""
        return self._own.outages()

    def outages_of(self, name: str) -> Sequence[Outage]:
        """Return the outages of one connection that ended since the last call."""
        return self._parts[name].outages()

    def commit(self, everything: bool) -> None:
        """Save the positions of all. May raise StoreError."""
        for part in self._parts.values():
            part.commit(everything)

    def stop(self) -> None:
        """End `run` and the threads of the others."""
        with self._lock:
            self._stopped = True
        for part in self._parts.values():
            part.stop()
        for thread in self._threads.values():
            thread.join(2.0)

    def _open(self, name: str) -> None:
        part = self._open_part(f"{name}:{self._slot}")
        with self._lock:
            self._parts = {**self._parts, name: part}
            is_running = self._receive is not None
        if is_running:
            self._start(name)

    def _start(self, name: str) -> None:
        with self._lock:
            if self._stopped or name in self._threads or self._receive is None:
                return
            thread = threading.Thread(
                target=self._run_part, args=(name, self._receive), name=name, daemon=True
            )
            self._threads[name] = thread
            thread.start()

    def _run_part(self, name: str, receive: Receive) -> None:
        try:
            self._parts[name].run(partial(_receive_from, name, receive))
        except Exception:
            log.exception("slot %s: %s broke; the other sources go on", self._slot, name)

    def _merged(self, stream: Stream) -> Followed | None:
        """Return one answer for all sources: a fault only where none of them brings posts."""
        keys = {name: self.connection_to(stream, name) for name in stream.sources}
        answers = {name: self.followed[key].get(stream.id) for name, key in keys.items()}
        found = {name: one for name, one in answers.items() if one is not None}
        if len(stream.sources) == 1 or not found:
            return found.get(stream.source)
        notes = [f"{SOURCES[name].title}: {one.note}" for name, one in found.items() if one.note]
        fine = [one for one in found.values() if one.fault is None]
        best = max(fine or found.values(), key=lambda one: one.generation)
        return replace(best, note=" ".join(notes) or None)


def _asked(name: str, stream: Stream) -> Stream:
    """Return a stream as one of its sources is asked for it."""
    if len(stream.sources) == 1:
        return stream
    return replace(stream, filter=filter_for(name, stream.filter))


def _receive_from(name: str, receive: Receive, line: Received) -> None:
    if line.position is not None:
        line = replace(line, position=_PartPosition(name, line.position))
    said = line.content
    if isinstance(said, Skipped) and (said.deleted or said.gone_authors):
        line = replace(line, content=replace(said, source=source_of(name)))
    receive(line)
