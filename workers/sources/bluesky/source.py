"""The Bluesky source: one Jetstream connection for all streams, matched here, resumed by cursor."""

import itertools
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Sequence

import msgspec
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from streams.clock import now_ms
from streams.live.report import Fault
from streams.post import Author
from streams.settings import settings
from streams.store.positions import Positions
from streams.stream import Stream
from workers import resources
from workers.collector.recent_ids import RecentIds
from workers.sources.bluesky.cursor import REWIND_US, Cursor, SavedCursor
from workers.sources.bluesky.event import AccountGone, Event, NewHandle, PostDeleted, PostEvent
from workers.sources.bluesky.handles import Handles
from workers.sources.bluesky.wire import LARGEST_EVENT, V1, JetstreamWire, offered_wire
from workers.sources.local_match import FilterIndex, LocalMatch
from workers.sources.routed_posts import RoutedPosts
from workers.sources.source import Arrival, Followed, Link, Outage, Receive, Received, Skipped
from workers.sources.x.payload import Delivery

log = logging.getLogger(__name__)

LOOK = 0.5
"""Seconds between two looks at whether the source is to stop."""
OPEN_SECONDS = 10.0
PING_SECONDS = 20.0
SILENCE = 60.0
"""Seconds without an event after which a connection of version 2 is given up."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before the next host is tried; the pause doubles each time."""
NO_EVENT = "replay_window"
"""The reason of a gap that Jetstream no longer holds."""
STILL_THERE = frozenset(("desynchronized", "throttled"))
"""States that speak of trouble of the account's host: its posts are neither deleted nor hidden."""


class BlueskyFollower(msgspec.Struct, frozen=True):
    """A stream, its compiled filter, and since when (µs) it should get posts."""

    stream_id: str
    match: LocalMatch
    since_us: int


class BlueskySource:
    """Implements Source for Jetstream: version 2 of its wire where a host offers it, else 1."""

    def __init__(
        self, slot: str, positions: Positions, hosts: Sequence[str], handles: Handles
    ) -> None:
        """`hosts` are websocket addresses, tried in turn."""
        self._slot = slot
        self._positions = positions
        self._hosts = itertools.cycle(hosts)
        self._failed: set[str] = set()
        """Hosts whose version 2 brought no event: version 1 is spoken with them once."""
        self._handles = handles
        self._followers: tuple[BlueskyFollower, ...] = ()
        self._index = FilterIndex({})
        self._followed: tuple[Sequence[Stream], dict[str, Followed]] = ((), {})
        self._cursor: Cursor | None = None
        self._saved: SavedCursor | None = None
        self._seen = RecentIds()
        self._routed = RoutedPosts()
        self._outages: deque[Outage] = deque()
        self._link = Link("idle")
        self._resumed_at = 0
        """From when (µs) the present connection was asked for posts."""
        self._connected_at: int | None = None
        self._last_line_at: int | None = None
        self._wake = threading.Event()
        self._stopped = threading.Event()

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Match posts against these streams from now on. Raises StoreError."""
        if self._cursor is None:
            self._cursor = Cursor(self._read_saved())
        asked = tuple(wanted)
        if asked != self._followed[0]:
            self._followers = tuple(map(_follower, asked))
            self._index = FilterIndex({each.stream_id: each.match for each in self._followers})
            self._handles.follow(frozenset().union(*(f.match.accounts for f in self._followers)))
            self._followed = asked, {each.id: Followed(each.generation) for each in asked}
            self._wake.set()
        return self._followed[1]

    def run(self, receive: Receive) -> None:
        """Connect while streams are wanted; try the next host after each connection."""
        threading.Thread(target=self._handles.lookup, name="handles", daemon=True).start()
        failures = 0
        while not self._stopped.is_set():
            self._wake.clear()
            if not self._followers:
                self._link = Link("idle", last_line_at=self._last_line_at)
                self._wake.wait(LOOK)
                continue
            host = next(self._hosts)
            read, fault = self._attempt(host, receive)
            failures = 0 if read else failures + 1
            if self._followers and not self._stopped.is_set():
                self._pause(fault, failures)
        self._handles.stop()
        self._link = Link("closed", last_line_at=self._last_line_at)

    def taken(self, position: object) -> None:
        """Record that the oldest post that was handed on is captured."""
        if position is not None and self._cursor is not None:
            self._cursor.taken()

    def link(self) -> Link:
        """Return the state of the connection, with the time of the last event."""
        if self._connected_at is not None:
            return Link("connected", self._connected_at, self._last_line_at)
        return self._link

    def outages(self) -> list[Outage]:
        """Return the times that Jetstream could not replay."""
        return [self._outages.popleft() for _ in range(len(self._outages))]

    def commit(self, everything: bool) -> None:
        """Save the cursor as far as everything before it is on disk. Raises StoreError."""
        if self._cursor is None:
            return
        safe = self._cursor.safe(everything)
        if safe is not None and safe != self._saved:
            self._positions.write(self._slot, msgspec.json.encode(safe).decode())
            self._saved = safe

    def stop(self) -> None:
        """End `run`; a waiting read returns within half a second."""
        self._stopped.set()
        self._wake.set()

    def _read_saved(self) -> SavedCursor | None:
        text = self._positions.read(self._slot)
        try:
            return msgspec.json.decode(text, type=SavedCursor) if text else None
        except msgspec.DecodeError:
            log.error("the cursor of slot %s cannot be read; it starts at the live end", self._slot)
            return None

    def _attempt(self, host: str, receive: Receive) -> tuple[bool, Fault]:
        """Read from one host until it ends; returns whether an event came, and what went wrong."""
        self._link = Link("connecting", last_line_at=self._last_line_at, fault=self._link.fault)
        last = self._last_line_at
        earliest = min((each.since_us for each in self._followers), default=0)
        self._resumed_at = self._cursor.resume_at(earliest) if self._cursor else earliest
        wire = self._wire(host)
        try:
            with connect(
                wire.address(host, max(0, self._resumed_at - REWIND_US)),
                max_size=LARGEST_EVENT,
                open_timeout=OPEN_SECONDS,
                ping_interval=PING_SECONDS if wire.version == 1 else None,
                ping_timeout=PING_SECONDS,
                close_timeout=1.0,
            ) as socket:
                self._connected_at = now_ms()
                self._read(socket, wire, receive)
        except InvalidStatus as error:
            text = f"{host} answers HTTP {error.response.status_code}. Trying another host."
            return False, Fault("upstream_error", text)
        except (OSError, TimeoutError, InvalidHandshake) as error:
            text = f"{host} cannot be reached ({type(error).__name__}). Trying another host."
            return self._last_line_at != last, Fault("unreachable", text)
        except WebSocketException:
            text = f"{host} closed the connection. Trying another host."
            return self._last_line_at != last, Fault("disconnected", text)
        finally:
            self._connected_at = None
            is_wanted = bool(self._followers) and not self._stopped.is_set()
            if wire.version == 2 and self._last_line_at == last and is_wanted:
                log.warning("%s sent nothing over version 2; version 1 is next", host)
                self._failed.add(host)
        fault = Fault("disconnected", f"The connection to {host} ended.")
        return self._last_line_at != last, fault

    def _wire(self, host: str) -> JetstreamWire:
        if host in self._failed:
            self._failed.remove(host)
            return V1
        return offered_wire(host)

    def _read(self, socket: ClientConnection, wire: JetstreamWire, receive: Receive) -> None:
        """Read until the source is to stop; raises TimeoutError when version 2 is silent.

        Version 2 ends a connection on which a client speaks, so silence has to do for pings.
        """
        is_first, heard = True, time.monotonic()
        while not self._stopped.is_set() and self._followers:
            try:
                message = socket.recv(timeout=LOOK)
            except TimeoutError:
                if wire.version == 2 and time.monotonic() - heard > SILENCE:
                    raise
                continue
            now, heard = now_ms(), time.monotonic()
            raw = wire.line(message)
            event = wire.event(raw, now)
            if is_first and event.time_us:
                is_first = False
                self._note_jump(event.time_us)
            self._last_line_at = now
            self._take(event, raw, now, receive)

    def _note_jump(self, time_us: int) -> None:
        """Record what the first event of a connection proves to be missing."""
        if self._cursor is not None and self._cursor.connected(time_us, self._resumed_at):
            self._outages.append(Outage(self._resumed_at // 1000, time_us // 1000, NO_EVENT))

    def _take(self, event: Event, raw: bytes, now: int, receive: Receive) -> None:
        if isinstance(event, PostEvent):
            self._take_post(event, raw, now, receive)
            return
        if isinstance(event, NewHandle):
            self._handles.renamed(event.did, event.handle)
        elif isinstance(event, AccountGone):
            self._handles.forget(event.did)
            self._take_gone_account(event, raw, now, receive)
        elif isinstance(event, PostDeleted):
            self._take_deletion(event, raw, now, receive)
        elif event.kind not in ("identity", "account"):
            receive(Received(raw, now, Skipped(event.kind)))
        if self._cursor is not None and event.time_us:
            self._cursor.read(event.time_us, handed_on=False)

    def _take_deletion(self, event: PostDeleted, raw: bytes, now: int, receive: Receive) -> None:
        """Hand on a deletion; of most posts no stream got any, which captures know best."""
        streams = self._routed.delete(event.uri)
        gone = Skipped("deleted", deleted=(event.uri,), deleted_from=streams)
        receive(Received(raw, now, gone))

    def _take_gone_account(
        self, event: AccountGone, raw: bytes, now: int, receive: Receive
    ) -> None:
        """Report the end of an account, and which streams got posts of it; most got none."""
        if event.status in STILL_THERE:
            return
        streams = self._routed.remove_author(event.did)
        gone = Skipped("account_gone", deleted_from=streams, gone_authors=(event.did,))
        receive(Received(raw, now, gone))

    def _take_post(self, event: PostEvent, raw: bytes, now: int, receive: Receive) -> None:
        """Hand on a post that streams want, once: the rewind brings some again."""
        ids, is_edit = self._wanted_by(event), event.post.edited is True
        had = self._routed.streams_of(event.post.ids) if is_edit else ()
        is_wanted = bool(ids or had) and not self._routed.is_deleted(event.post.id)
        handed_on = is_wanted and self._seen.add(f"{event.post.id} {event.rev}")
        if self._cursor is not None:
            self._cursor.read(event.time_us, handed_on=handed_on)
        if handed_on:
            post = event.post
            self._routed.add(post.id, ids, post.author.id if post.author else None)
            if post.author is not None:
                post.author = self._handles.author(post.author.id)
            if event.time_us // 1000 < (self._connected_at or 0):
                post.backfilled = True  # replayed from the cursor on
            version = (event.rev or str(event.time_us)) if is_edit else ""
            arrival = Arrival(post, ids, version=version, had=had)
            receive(Received(raw, now, arrival, event.time_us))

    def _wanted_by(self, event: PostEvent) -> tuple[str, ...]:
        post = event.post
        if post.author is not None and (handle := self._handles.followed(post.author.id)):
            post = msgspec.structs.replace(post, author=Author(post.author.id, handle))
        matching = self._index.matching(Delivery(post, (), more=event.more))
        if not matching:
            return ()
        return tuple(
            each.stream_id
            for each in self._followers
            if each.stream_id in matching and event.time_us >= each.since_us
        )

    def _pause(self, fault: Fault, failures: int) -> None:
        seconds = min(FIRST_PAUSE * 2 ** max(0, failures - 1), LONGEST_PAUSE)
        seconds *= 1 + random.random() / 4  # noqa: S311  # many collectors must not come at once
        log.warning("%s", fault.message)
        self._link = Link(
            "backing_off",
            last_line_at=self._last_line_at,
            retry_at=now_ms() + round(seconds * 1000),
            fault=fault,
        )
        self._stopped.wait(seconds)


def _follower(stream: Stream) -> BlueskyFollower:
    since = max(stream.changed_at, stream.plan.starts_at or 0)
    return BlueskyFollower(stream.id, LocalMatch(stream.filter), since * 1000)


def open_source(slot: str) -> BlueskySource:
    """Make the source of a slot with this process's settings."""
    chosen = settings()
    positions, handles = resources.store().positions, Handles(chosen.bluesky_api or "")
    return BlueskySource(slot, positions, chosen.bluesky_hosts, handles)
