"""What a collector expects of a source: the one seam between platforms and the rest."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from streams.live.report import Connection, Fault
from streams.post import Post
from streams.stream import Stream

LAST_POSTS = 0.5
"""Seconds for posts that were on their way when their rule went: they were sent, and are billed."""

Receive = Callable[[bytes, int], None]
"""Takes one raw line and when it came (ms since the epoch). May block: the source then waits."""


class Link(msgspec.Struct, frozen=True):
    """The state of the upstream connection. Times are ms since the epoch."""

    connection: Connection = "idle"
    connected_at: int | None = None
    last_line_at: int | None = None
    retry_at: int | None = None
    fault: Fault | None = None


class Followed(msgspec.Struct, frozen=True):
    """How one stream fares upstream: in force, or why not; a note for its owner."""

    generation: int
    fault: Fault | None = None
    note: str | None = None
    lost_at: int | None = None
    """Since when (ms) it was let go of, until now, because nobody could say whose it is."""


Share = Callable[[str, bytes], tuple[bytes, int]]
"""Makes of a stream id and a raw line what its owner may keep; how many rules that leaves out."""


class Arrival(msgspec.Struct, frozen=True):
    """A post and the streams that it is for; `share` is None when each may keep the whole line."""

    post: Post
    stream_ids: tuple[str, ...]
    share: Share | None = None

    def line_of(self, stream_id: str, raw: bytes) -> tuple[bytes, int]:
        """Return what a stream may keep of the raw line, and how many rules are left out of it."""
        return self.share(stream_id, raw) if self.share else (raw, 0)


class Skipped(msgspec.Struct, frozen=True):
    """A line that holds no post for anybody; `kind` is what is counted."""

    kind: str


class Source(Protocol):
    """One upstream connection. `run` has a thread of its own; the rest is called from others."""

    live: bool
    """Whether posts come when they come: what is not taken then is lost, and is a gap."""

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Bring upstream in step with the wanted streams; by stream id, how each fares.

        What a stream no longer asks for is routed to it for LAST_POSTS yet.
        """

    def run(self, receive: Receive) -> None:
        """Connect, read and reconnect until `stop`."""

    def read(self, raw: bytes, received_at: int) -> Arrival | Skipped:
        """Decode one raw line and route it."""

    def link(self) -> Link:
        """Tell the state of the connection."""

    def settle(self, everything: bool) -> None:
        """What was read before the call before this one, or `everything`, is safe from here on.

        May raise StoreError: it is called again.
        """

    def stop(self) -> None:
        """End `run` within two seconds, wherever it is."""
