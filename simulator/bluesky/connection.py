"""One subscriber: what it wants, and a bounded queue of what it gets."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from simulator.bluesky.frames import compressed, frame_of
from simulator.bluesky.settings import JetstreamSettings
from simulator.subscriber import Subscriber


class JetstreamEvent(msgspec.Struct, frozen=True):
    """An event: its time (µs), what filters look at, and the line as it is sent."""

    time_us: int
    did: str
    collection: str | None
    """None is an event of an account, which everybody gets."""
    line: bytes
    uri: str | None = None
    """The address of a post that is made or edited."""
    number: int = 0
    """The place of the event in the stream, which version 2 names."""


class WantedOptions(msgspec.Struct):
    """What a subscriber asks for: collections (names, or `prefix.*`) and accounts; empty is all."""

    wantedCollections: list[str] = []  # noqa: N815  # the platform's spelling
    wantedDids: list[str] = []  # noqa: N815


class OptionsUpdate(msgspec.Struct):
    """The one message that a subscriber may send."""

    type: str
    payload: WantedOptions


class JetstreamSubscriber(Subscriber):
    """Queues events; the websocket takes them out."""

    broken_line = '{"did":"did:plc:x","time_us":'

    def __init__(
        self,
        options: WantedOptions,
        settings: JetstreamSettings,
        sent: Callable[[int, JetstreamEvent], None],
        version: int = 1,
        is_binary: bool = False,
    ) -> None:
        """`sent` is told of each post that goes to the socket, with the subscriber's number."""
        super().__init__()
        self.version = version
        self.is_binary = is_binary
        self.options = options
        self._settings = settings
        self._sent = sent
        self._queue: deque[JetstreamEvent] = deque()

    def wants(self, event: JetstreamEvent) -> bool:
        """Return whether the subscriber asked for an event."""
        if event.collection is None:
            return True
        dids, names = self.options.wantedDids, self.options.wantedCollections
        if dids and event.did not in dids:
            return False
        return not names or any(_is_of(event.collection, name) for name in names)

    def offer(self, events: Iterable[JetstreamEvent]) -> int:
        """Queue those that it wants; return how many."""
        wanted = [] if self.ended else [each for each in events if self.wants(each)]
        for event in wanted:
            self._queue.append(event)
            self._size += len(event.line)
        if self._size > self._settings.send_buffer:
            self._queue.clear()
            self.end("slow consumer")
            self.hang_up()
        self.wake.set()
        return len(wanted)

    def say(self, line: bytes) -> None:
        """Queue a line that is no event."""
        self._queue.append(JetstreamEvent(0, "", None, line))
        self.wake.set()

    def taken(self) -> Iterator[bytes]:
        """Yield what is queued, each told of as it goes to the socket."""
        while self._queue and not self.silent:
            event = self._queue.popleft()
            self._size = max(0, self._size - len(event.line))
            if event.uri is not None:
                self.delivered += 1
                self._sent(self.number, event)
            yield self._message(event)

    def _message(self, event: JetstreamEvent) -> bytes:
        if self.version == 1:
            return event.line
        frame = frame_of(event.line, event.number) if event.time_us else event.line
        return compressed(frame) if self.is_binary else frame

    def obey(self, content: bytes) -> None:
        """Take other options; what is no update, or comes over version 2, ends the subscription."""
        if self.version == 2:
            self.end("a client may not speak")
            return
        try:
            update = msgspec.json.decode(content, type=OptionsUpdate)
        except msgspec.DecodeError:
            self.end("bad options update")
            return
        self.options = update.payload

    def shown(self) -> dict[str, Any]:
        """Return the record of this subscriber, for the control API."""
        wanted = {"collections": self.options.wantedCollections, "version": self.version}
        return super().shown() | wanted


def _is_of(collection: str, name: str) -> bool:
    return collection.startswith(name[:-1]) if name.endswith(".*") else collection == name
