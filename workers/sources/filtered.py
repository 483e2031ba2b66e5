"""A source that leaves streams out of another's posts, and is otherwise that other."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from streams.stream import Stream
from workers.sources.source import Arrival, Followed, Link, Receive, Skipped, Source


class FilteredSource(ABC):
    """Implements Source; `skipped_as` is the kind of a post that nobody is left for."""

    skipped_as: ClassVar[str]

    def __init__(self, source: Source) -> None:
        self.live = source.live
        self._source = source

    @abstractmethod
    def _kept(self, arrival: Arrival) -> tuple[str, ...]:
        """Return the streams, of those that it is for, that shall have the post."""

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Pass on what is wanted."""
        return self._source.follow(wanted)

    def run(self, receive: Receive) -> None:
        """Read."""
        self._source.run(receive)

    def read(self, raw: bytes, received_at: int) -> Arrival | Skipped:
        """Decode a line, for those streams that shall have it."""
        line = self._source.read(raw, received_at)
        if isinstance(line, Skipped):
            return line
        ids = self._kept(line)
        if ids == line.stream_ids:
            return line
        return Arrival(line.post, ids, line.share) if ids else Skipped(self.skipped_as)

    def link(self) -> Link:
        """Tell the state of the connection."""
        return self._source.link()

    def settle(self, everything: bool) -> None:
        """Pass on that what was read is safe."""
        self._source.settle(everything)

    def stop(self) -> None:
        """End."""
        self._source.stop()
