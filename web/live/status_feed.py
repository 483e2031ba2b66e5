"""Status feed: tells viewers how the streams they watch fare, when that changes."""

import logging

import msgspec
from gevent import sleep
from gevent.event import Event

from streams import names
from streams.live.report import Fault
from streams.status import State
from streams.store import Store, StoreError
from streams.store.gaps import Gap
from streams.stream import Stream
from web.live.rooms import Rooms
from web.stream_views import StreamTotals, StreamView, StreamViews

log = logging.getLogger(__name__)

SECONDS = 1.0
AT_LEAST = 0.1
"""Between two rounds, however often something changes."""


class StatusEvent(msgspec.Struct, frozen=True):
    """The `status` event; `gap` is the interruption that lasts now."""

    stream: str
    state: State
    rate: float
    totals: StreamTotals
    lag_ms: float
    fault: Fault | None
    note: str | None
    since: int | None
    gap: Gap | None


class StatusFeed:
    """Looks at the watched streams once a second, and at once when the web changed one."""

    def __init__(self, store: Store, overview: StreamViews, rooms: Rooms) -> None:
        self._store = store
        self._overview = overview
        self._rooms = rooms
        self._changed = Event()
        self._told: dict[str, StatusEvent] = {}

    def changed(self) -> None:
        """Look soon."""
        self._changed.set()

    def of(self, streams: list[Stream]) -> list[StatusEvent]:
        """Make the events of streams."""
        gaps = self._store.gaps.open_of([stream.id for stream in streams])
        return [_event(seen, gaps.get(seen.stream.id)) for seen in self._overview.of(streams)]

    def run(self) -> None:
        """For ever: look, tell, wait."""
        while True:
            self._changed.wait(SECONDS)
            self._changed.clear()
            try:
                self.tell()
            except StoreError as error:
                log.warning("cannot read the watched streams: %s", type(error).__name__)
            sleep(AT_LEAST)

    def tell(self) -> None:
        """One round: send each room what is new."""
        watched = self._rooms.watched()
        events = self.of(self._store.streams.some(watched)) if watched else []
        for event in events:
            if self._told.get(event.stream) != event:
                self._rooms.emit(names.EVENT_STATUS, event, names.room(event.stream))
        self._told = {event.stream: event for event in events}


def _event(seen: StreamView, gap: Gap | None) -> StatusEvent:
    status = seen.status
    return StatusEvent(
        stream=seen.stream.id,
        state=status.state,
        rate=status.rate,
        totals=seen.totals,
        lag_ms=status.lag_ms,
        fault=status.fault,
        note=status.note,
        since=status.since,
        gap=gap,
    )
