"""The Mastodon source: one connection to an instance for all streams, matched here."""

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from streams.clock import now_ms
from streams.live.report import Fault
from streams.settings import Settings, settings
from streams.store import StoreError
from streams.stream import Stream
from workers import resources
from workers.sources.mastodon.access import (
    Access,
    InstanceAccess,
    NoAccessError,
    access_of,
    access_of_settings,
    instance_of,
)
from workers.sources.mastodon.catch_up import (
    SPARE_REQUESTS,
    CaughtUp,
    Missed,
    catch_up,
    first_after,
    summary,
)
from workers.sources.mastodon.client import InstanceClient, InstanceError
from workers.sources.mastodon.event import StreamEvent, one_line, read_event
from workers.sources.mastodon.followers import InstanceFollowers
from workers.sources.mastodon.pacing import FIRST, ConnectionEnd, InstancePacing, ReconnectDecision
from workers.sources.mastodon.position import Position, PositionFile, Resumption
from workers.sources.mastodon.status import BadStatus, read_status
from workers.sources.mastodon.timelines import Timeline
from workers.sources.routed_posts import RoutedPosts
from workers.sources.source import (
    Arrival,
    Followed,
    Link,
    Outage,
    Receive,
    Received,
    Skipped,
    decoded,
)

log = logging.getLogger(__name__)

SILENCE = 10.0
"""Seconds without a message after which the instance is asked for a sign of life, and may take."""
SETTLE = 2.0
"""Seconds until what was missed is fetched: the instance confirms no subscription, and what comes
before it takes effect is fetched, too."""
UNMATCHED = Skipped("unmatched")


class MastodonSource:
    """Implements Source for one instance and one token."""

    def __init__(
        self,
        slot: str,
        settings: Settings,
        silence: float = SILENCE,
        first_wait: float = FIRST,
        settle: float = SETTLE,
        access: Access | None = None,
    ) -> None:
        """Without `access` it is that of the settings."""
        self._settle = settle
        self._silence = silence
        self._read_access = access or access_of_settings(settings)
        self._access: InstanceAccess | None = None
        self._no_access = ""
        """Why there is none."""
        self._pacing = InstancePacing(first=first_wait, is_added=access is not None)
        self._lock = threading.Lock()
        self._handing_on = threading.Lock()
        """Live posts and fetched ones come from two threads."""
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._followers = InstanceFollowers()
        self._subscribed: frozenset[Timeline] = frozenset()
        self._socket: ClientConnection | None = None
        self._link = Link()
        self._newest_id: int | None = None
        self._ended: Outage | None = None
        """The outage that the last connection left; it ends when the next one stands."""
        self._before: frozenset[str] = frozenset()
        """Streams that were listened to when it began."""
        self._outages: deque[Outage] = deque()
        self._note: str | None = None
        self._file = PositionFile(settings.data_dir, slot)
        self._has_begun = False
        self._resumption: Resumption | None = None
        """What the slot's last owner left; None once that has been fetched."""
        self._routed = RoutedPosts()
        self._handed = self._taken = 0
        """Posts handed to the intake, and taken by it."""
        self._fetching_since: int | None = None
        """From when on (ms) posts are still to be fetched."""
        self._settled: Position | None = None

    @property
    def _host(self) -> str:
        return self._pacing.host

    def _look_up_access(self) -> InstanceAccess | None:
        """Read the address and the token that hold now; raises StoreError."""
        try:
            self._access = self._read_access()
        except NoAccessError as error:
            self._access, self._no_access = None, str(error)
        else:
            self._pacing.host = urlsplit(self._access.address).netloc
        return self._access

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Match the wanted streams from now on, and follow the timelines that they need."""
        if self._access is None and self._look_up_access() is None:
            fault = Fault("not_configured", self._no_access)
            return {stream.id: Followed(stream.generation, fault) for stream in wanted}
        if tuple(wanted) != self._followers.wanted:
            self._begin(wanted)
            self._followers = self._followers.next(wanted, time.monotonic())
            self._subscribe()
            self._wake.set()
        return {stream.id: Followed(stream.generation, note=self._note) for stream in wanted}

    def run(self, receive: Receive) -> None:
        """Connect whenever streams are wanted, read until the end, wait as the pacing says."""
        hand_on = partial(self._hand_on, receive)
        while not self._stopped.is_set():
            self._wake.clear()
            if self._access is None or not self._followers.timelines:
                self._link = Link("idle", last_line_at=self._link.last_line_at)
                self._wake.wait(1.0)
                continue
            end = self._attempt(hand_on)
            if not self._stopped.is_set():
                self._pause(self._pacing.after(end))
        self._link = replace(self._link, connection="closed")

    def taken(self, position: object) -> None:
        """Record a post that has been captured: `position` is its id."""
        if isinstance(position, str):
            self._taken += 1
            self._file.take(position)

    def link(self) -> Link:
        """Return the state of the connection."""
        return self._link

    def outages(self) -> list[Outage]:
        """Return the outages that ended since the last call."""
        return [self._outages.popleft() for _ in range(len(self._outages))]

    def commit(self, everything: bool) -> None:
        """Save up to when all posts were captured, for a collector that starts anew."""
        before, self._settled = self._settled, self._position() or self._settled
        safe = self._settled if everything else before
        if safe is not None:
            self._file.move(safe, now_ms())
        if everything:
            self._file.close()

    def _position(self) -> Position | None:
        """Return the latest moment up to which nothing is under way; None while something is."""
        proved_at, handed = self._link.last_line_at, self._handed
        if proved_at is None or handed != self._taken or self._resumption is not None:
            return None
        if self._fetching_since is not None:
            proved_at = min(proved_at, self._fetching_since)
        streams = tuple(stream.id for stream in self._followers.wanted)
        return Position(proved_at, self._host, streams)

    def _begin(self, wanted: Sequence[Stream]) -> None:
        """Find out once, for the first streams, where the slot's last owner ended."""
        if wanted and not self._has_begun:
            self._has_begun = True
            self._resumption = self._file.resume(wanted, self._host)

    def stop(self) -> None:
        """End `run`: a waiting read returns, a back-off ends."""
        with self._lock:
            self._stopped.set()
            socket = self._socket
        self._wake.set()
        if socket is not None:
            socket.close()

    def _attempt(self, hand_on: Receive) -> ConnectionEnd:
        """Connect and read until the connection ends; return how."""
        self._link = replace(self._link, connection="connecting", connected_at=None)
        try:
            access = self._look_up_access()
        except StoreError:
            access = self._access
        if access is None:
            return ConnectionEnd(detail=self._no_access)
        client = InstanceClient(access)
        try:
            socket = client.open_stream()
        except InstanceError as error:
            return error.end
        began = time.monotonic()
        with socket:  # closes it, whatever happens
            detail = self._use(socket, client, hand_on)
        return ConnectionEnd(detail=detail, lived=time.monotonic() - began)

    def _use(self, socket: ClientConnection, client: InstanceClient, hand_on: Receive) -> str:
        """Read an open connection to its end; return why it ended."""
        with self._lock:
            if self._stopped.is_set():
                return ""
            self._socket, self._subscribed = socket, frozenset()
        try:
            self._subscribe()
            self._on_connected(client, hand_on)
            return self._read(socket, hand_on)
        finally:
            with self._lock:
                self._socket = None
            proved_at = self._link.last_line_at or now_ms()
            self._ended = Outage(proved_at, proved_at, "disconnected")
            self._before = frozenset(stream.id for stream in self._followers.wanted)
            self._link = Link("connecting", last_line_at=proved_at)

    def _subscribe(self) -> None:
        """Bring the connection's channels in step with the wanted timelines."""
        with self._lock:
            socket, wanted = self._socket, self._followers.timelines
            if socket is None:
                return
            try:
                for kind, those in (
                    ("subscribe", wanted - self._subscribed),
                    ("unsubscribe", self._subscribed - wanted),
                ):
                    for timeline in sorted(those):
                        socket.send(msgspec.json.encode(timeline.order(kind)).decode())
            except (ConnectionClosed, OSError):
                return  # its reader notices as well
            self._subscribed = wanted

    def _on_connected(self, client: InstanceClient, hand_on: Receive) -> None:
        now = now_ms()
        ended, self._ended = self._ended, None
        left, self._resumption = self._resumption, None
        since, had = now, dict.fromkeys(self._before, frozenset[str]())
        if ended is not None:
            self._outages.append(replace(ended, until=max(now, ended.since)))
            since = ended.since
        elif left is not None:
            since, had = left.proved_at, left.had
        if ended is not None or left is not None:
            self._fetching_since = since
            missed = Missed(since, now, had)
            fetch = partial(self._catch_up, client, hand_on, missed)
            threading.Thread(target=fetch, daemon=True).start()
        self._link = Link("connected", connected_at=now, last_line_at=now)
        if start := self._position():
            self._file.move(start, now)

    def _read(self, socket: ClientConnection, hand_on: Receive) -> str:
        """Hand on message after message; return why it ended."""
        while not self._stopped.is_set():
            try:
                message = socket.recv(self._silence, decode=False)
            except TimeoutError:
                if not self._is_alive(socket):
                    return f"no sign of life for {2 * self._silence:.0f} s"
                continue
            except ConnectionClosed as error:
                return str(error)[:200]
            now = now_ms()
            self._link = replace(self._link, last_line_at=now)
            event = read_event(bytes(message))
            hand_on(decoded(partial(self._decode, event), event.line, now))
        return ""

    def _is_alive(self, socket: ClientConnection) -> bool:
        try:
            if not socket.ping().wait(self._silence):
                return False
        except ConnectionClosed:
            return False
        self._link = replace(self._link, last_line_at=now_ms())
        return True

    def _decode(self, event: StreamEvent, raw: bytes, received_at: int) -> Arrival | Skipped:
        if event.event == "delete":
            return self._deleted(event.payload)
        if not event.is_status:
            return Skipped(event.event)
        return self._route(raw, received_at)

    def _route(
        self,
        raw: bytes,
        received_at: int,
        had: Mapping[str, frozenset[str]] | None = None,
    ) -> Arrival | Skipped:
        found = read_status(raw, received_at)
        if isinstance(found, BadStatus):
            return Skipped(found.kind)
        if not found.public:
            return Skipped("not_public")
        if self._routed.is_deleted(found.post.id):
            return Skipped("deleted")  # the deletion came first, or a page was older than it
        if found.post.id.isdigit():
            self._newest_id = max(self._newest_id or 0, int(found.post.id))
        ids = self._followers.of(found, had)
        if had is not None:
            found.post.backfilled = True
        with self._lock:
            earlier = self._routed.streams_of(found.post.ids) if found.post.edited is True else ()
            if not ids and not earlier:
                return UNMATCHED
            self._routed.add(found.post.id, ids)
        return Arrival(found.post, ids, version=found.edited_at or "", had=earlier)

    def _deleted(self, post_id: str) -> Skipped:
        """Return which streams had a post that was deleted, as far as this process knows."""
        with self._lock:
            streams = self._routed.delete(post_id)
        return Skipped("deletion", (), (post_id,), streams)

    def _catch_up(self, client: InstanceClient, hand_on: Receive, missed: Missed) -> None:
        """Fetch what timelines hold of the time without a connection, within the rate limit."""
        self._stopped.wait(self._settle)
        since, until = missed.since, missed.until
        after = first_after(since, self._newest_id)
        done: list[CaughtUp] = []

        def take(raw: bytes) -> None:
            now, line = now_ms(), one_line(raw)
            hand_on(decoded(partial(self._route, had=missed.had), line, now))

        def may_ask() -> bool:
            left = client.requests_left
            return not self._stopped.is_set() and (left is None or left > SPARE_REQUESTS)

        try:
            for timeline in sorted(self._subscribed):
                page = partial(client.page, timeline)
                done.append(catch_up(page, after, until, take, may_ask))
        except InstanceError as error:
            log.warning("%s did not give what was missed: %s", self._host, error)
            done.append(CaughtUp(until=since))
        except Exception:
            log.exception("what was missed could not be fetched")
            done.append(CaughtUp(until=since))
        self._note = summary(done, since, until)
        if self._fetching_since == since:  # else another break came in between
            self._fetching_since = None

    def _hand_on(self, receive: Receive, received: Received) -> None:
        if received.content == UNMATCHED:
            return  # most of what an instance knows is nobody's here
        with self._handing_on:
            if isinstance(received.content, Arrival):
                self._handed += 1
                received = replace(received, position=received.content.post.id)
            receive(received)

    def _pause(self, decision: ReconnectDecision) -> None:
        log.warning("%s", decision.fault.message)
        if self._ended is not None:
            self._ended = replace(self._ended, reason=decision.fault.code)
        self._link = Link(
            "refused" if decision.refused else "backing_off",
            last_line_at=self._link.last_line_at,
            retry_at=now_ms() + round(decision.seconds * 1000),
            fault=decision.fault,
        )
        deadline = time.monotonic() + decision.seconds
        while not self._stopped.is_set() and (left := deadline - time.monotonic()) > 0:
            if self._wake.wait(left) and decision.refused:
                return  # somebody changed what is wanted: worth asking again
            self._wake.clear()


def open_source(slot: str) -> MastodonSource:
    """Make the source of a slot with this process's settings, and what somebody added."""
    access, instance_id = None, instance_of(slot)
    if instance_id is not None:
        access = access_of(resources.store().instances, instance_id, settings())
    return MastodonSource(slot, settings(), access=access)
