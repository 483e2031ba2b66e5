"""The seam between platforms and the collector: what every source hands over and answers."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from streams.live.report import Connection, Fault
from streams.post import Post
from streams.stream import Stream
from workers.captures.segments.envelope import version_key

log = logging.getLogger(__name__)

LAST_POSTS = 0.5
"""Seconds for which a stopped stream still gets posts: the platform sent them before it knew."""


class Link(msgspec.Struct, frozen=True):
    """The state of the upstream connection. Times are ms since the epoch."""

    connection: Connection = "idle"
    connected_at: int | None = None
    last_line_at: int | None = None
    """When the last line or keep-alive came: the connection is proved up to then."""
    retry_at: int | None = None
    fault: Fault | None = None


class Outage(msgspec.Struct, frozen=True):
    """A time without a connection between two connections (ms since the epoch), however short."""

    since: int
    """When the last line or keep-alive before it came."""
    until: int
    """When the next connection stood."""
    reason: str


class Followed(msgspec.Struct, frozen=True):
    """What the source does for one stream: its filter is in force, or `fault` says why not."""

    generation: int
    fault: Fault | None = None
    note: str | None = None


Share = Callable[[str, bytes], tuple[bytes, int]]
"""Takes a stream id and a raw line; returns what its owner may keep, and how many rules of other
owners that leaves out."""


class Arrival(msgspec.Struct, frozen=True):
    """A post and the streams that it is for; `share` is None when each may keep the whole line.

    `version` names a post that was edited among the versions of the post, which share its id.
    `had` holds the streams that got an earlier version.
    """

    post: Post
    stream_ids: tuple[str, ...]
    share: Share | None = None
    version: str = ""
    had: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Name the version among all that come."""
        return version_key(self.post.id, self.version) if self.version else self.post.id

    @property
    def earlier(self) -> tuple[str, ...]:
        """Ids of earlier versions of a post that was edited; of others none."""
        if self.post.edited is not True:
            return ()
        return (self.post.id,) if self.version else self.post.ids[1:]

    def line_of(self, stream_id: str, raw: bytes) -> tuple[bytes, int]:
        """Return what a stream may keep of the raw line, and how many rules are left out of it."""
        return self.share(stream_id, raw) if self.share else (raw, 0)


class Skipped(msgspec.Struct, frozen=True):
    """A line without a post to show; `kind` is what is counted.

    `stream_ids` are the streams whose captures keep the line all the same, such as one that
    cannot be read but names their rules. A line may also say that posts were deleted (`deleted`) or
    that accounts are gone (`gone_authors`): the streams `deleted_from`, and others that are found
    to have them, then drop these posts, and those of these authors that came until now.
    """

    kind: str
    stream_ids: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    deleted_from: tuple[str, ...] = ()
    gone_authors: tuple[str, ...] = ()
    source: str = ""
    """Of an announcement, the one of several sources that made it."""


class Received(msgspec.Struct, frozen=True):
    """One raw line, when it came (ms since the epoch), and what it holds.

    `position` is the source's own mark of how far it has come; `Source.taken` gets it back.
    """

    raw: bytes
    received_at: int
    content: Arrival | Skipped
    position: object = None


Receive = Callable[[Received], None]
"""Takes one decoded line. May block: the source then waits, and its platform with it."""


class Source(Protocol):
    """One upstream connection. `run` has a thread of its own; the rest is called from others."""

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Bring the platform in step with the wanted streams; returns the result by stream id.

        Posts for a stream that is no longer wanted are still routed to it for LAST_POSTS.
        """

    def run(self, receive: Receive) -> None:
        """Connect, read and reconnect until `stop`."""

    def taken(self, position: object) -> None:
        """Record that all lines up to `position` have been captured; one call for each position."""

    def link(self) -> Link:
        """Return the state of the connection."""

    def outages(self) -> Sequence[Outage]:
        """Return the outages that ended since the last call, oldest first."""

    def commit(self, everything: bool) -> None:
        """Save the position: what was taken before the previous call, or `everything`, is synced.

        May raise StoreError: it is called again.
        """

    def stop(self) -> None:
        """End `run` within two seconds, whatever it waits for."""


def decoded(
    decode: Callable[[bytes, int], Arrival | Skipped], raw: bytes, received_at: int
) -> Received:
    """Decode a line; a decoder that fails costs the label of a line, never the line."""
    try:
        content = decode(raw, received_at)
    except Exception:
        log.exception("a line of %d bytes could not be decoded", len(raw))
        content = Skipped("unreadable")
    return Received(raw, received_at, content)
