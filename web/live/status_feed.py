"""Status feed: sends viewers the status of the streams they watch, whenever it changes."""

import logging

import msgspec
from gevent import sleep
from gevent.event import Event

from streams import names
from streams.live.report import Fault
from streams.status import SourceStatus, State
from streams.store import Store, StoreError
from streams.store.gaps import Gap
from streams.stream import Stream
from web.live.rooms import Rooms
from web.live.shown_part import ShownPart, ShownParts
from web.stream_views import StreamTotals, StreamView, StreamViews

log = logging.getLogger(__name__)

SECONDS = 1.0
MIN_SECONDS = 0.1
"""Least time between two rounds, however often something changes."""


DATABASE_FAULT = Fault(
    "database_down", "The database does not answer, so the state of this stream is unknown."
)


class StatusEvent(msgspec.Struct, frozen=True):
    """The `status` event; `gap` is the gap that is open now, of several the one that began first.

    `part` says what viewers get of the posts while they do not get all of them.
    """

    stream: str
    state: State
    rate: float
    totals: StreamTotals
    lag_ms: float
    fault: Fault | None
    note: str | None
    since: int | None
    gap: Gap | None
    part: ShownPart | None
    sources: tuple[SourceStatus, ...] = ()


class StatusFeed:
    """Checks the watched streams once a second, and at once after the web changed one."""

    def __init__(
        self, store: Store, stream_views: StreamViews, rooms: Rooms, shown_parts: ShownParts
    ) -> None:
        self._store = store
        self._stream_views = stream_views
        self._rooms = rooms
        self._shown_parts = shown_parts
        self._changed = Event()
        self._sent: dict[str, StatusEvent] = {}
        self._is_down = False

    def wake(self) -> None:
        """Start the next round at once."""
        self._changed.set()

    def of(self, streams: list[Stream]) -> list[StatusEvent]:
        """Return the status events of streams."""
        gaps = self._store.gaps.open_of([stream.id for stream in streams])
        return [
            _event(view, gaps.get(view.stream.id), self._shown_parts.of(view.stream.id))
            for view in self._stream_views.of(streams)
        ]

    def run(self) -> None:
        """Check, send and wait, for ever."""
        while True:
            self._changed.wait(SECONDS)
            self._changed.clear()
            try:
                self.send_changes()
                self._is_down = False
            except StoreError as error:
                self._send_database_down(error)
            sleep(MIN_SECONDS)

    def send_changes(self) -> None:
        """Send each room its stream's status if it changed since the last round."""
        watched = self._rooms.watched()
        events = self.of(self._store.streams.some(watched)) if watched else []
        for event in events:
            if self._sent.get(event.stream) != event:
                self._rooms.emit(names.EVENT_STATUS, event, names.room(event.stream))
        self._sent = {event.stream: event for event in events}

    def _send_database_down(self, error: StoreError) -> None:
        """Tell viewers, once, that what they see of a stream's status is not new any more."""
        if self._is_down:
            return
        self._is_down = True
        log.warning("the database does not answer, so statuses stand still: %s", error)
        for event in self._sent.values():
            stale = msgspec.structs.replace(event, fault=DATABASE_FAULT)
            self._rooms.emit(names.EVENT_STATUS, stale, names.room(event.stream))
        self._sent = {}


def _event(view: StreamView, gap: Gap | None, part: ShownPart | None) -> StatusEvent:
    status = view.status
    return StatusEvent(
        stream=view.stream.id,
        state=status.state,
        rate=status.rate,
        totals=view.totals,
        lag_ms=status.lag_ms,
        fault=status.fault,
        note=status.note,
        since=status.since,
        gap=gap,
        part=part,
        sources=status.sources,
    )
