"""One client of the streaming API: what it follows, and a bounded queue of what it gets."""

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec
from gevent.event import Event

from simulator.faults import ActiveFault
from simulator.ledger import DeliveryLedger
from simulator.mastodon.channels import Channel, channel_of
from simulator.mastodon.settings import MastodonSettings
from simulator.posts import iso

_numbers = itertools.count(1)
Transport = Literal["sse", "websocket"]


class FollowOrder(msgspec.Struct):
    """What a client sends: follow a channel, or no longer."""

    type: str
    stream: str
    tag: str | None = None


class QueuedEvent(msgspec.Struct):
    """One message to send, and for a status what the ledger will say about it."""

    message: bytes
    status_id: str | None = None
    channel: Channel | None = None


class EventConnection:
    """Queues events; the server-sent events or the websocket that carry them take them out."""

    def __init__(
        self, transport: Transport, settings: MastodonSettings, ledger: DeliveryLedger
    ) -> None:
        self.number = next(_numbers)
        self.transport = transport
        self.channels: set[Channel] = set()
        self.connected_at = time.time()
        self.disconnected_at: float | None = None
        self.reason: str | None = None
        self.delivered = 0
        self.ended = False
        self.silent = False
        self.is_binary = False
        """While it stalls, not even heartbeats are sent."""
        self.wake = Event()
        self.hang_up: Callable[[], None] = lambda: None
        self._settings = settings
        self._ledger = ledger
        self._queue: deque[QueuedEvent] = deque()
        self._size = 0

    def offer(self, event: str, payload: str, status_id: str, carried: set[Channel]) -> int:
        """Queue an event once for each channel that carries it; return how often."""
        wanted = sorted(self.channels & carried) if not self.ended else []
        for channel in wanted:
            message = self._framed(event, payload, channel)
            self._put(QueuedEvent(message, status_id if event == "update" else None, channel))
        return len(wanted)

    def obey(self, content: bytes) -> None:
        """Follow a channel that the client names, or no longer."""
        try:
            order = msgspec.json.decode(content, type=FollowOrder)
        except msgspec.DecodeError:
            return
        channel = channel_of(order.stream, order.tag)
        if channel is None:
            self.say(msgspec.json.encode({"error": "Unknown channel requested", "status": 400}))
        elif order.type == "subscribe":
            self.channels.add(channel)
        elif order.type == "unsubscribe":
            self.channels.discard(channel)

    def say(self, message: bytes) -> None:
        """Queue bytes that are no event of a status."""
        self._put(QueuedEvent(message))

    def taken(self) -> Iterator[bytes]:
        """Yield what is queued, each recorded in the ledger as it goes to the socket."""
        while self._queue and not self.silent:
            item = self._queue.popleft()
            self._size -= len(item.message)
            if item.status_id is not None and item.channel is not None:
                self.delivered += 1
                now = int(time.time() * 1000)
                self._ledger.record(self.number, item.status_id, (item.channel,), now)
            yield item.message

    def apply_fault(self, fault: ActiveFault) -> None:
        """Apply a fault to this connection."""
        if fault.kind == "close":
            self.end("fault: close")
        elif fault.kind == "stall":
            self.silent = True
        elif fault.kind == "garbage_line":
            self.say((fault.order.line or '{"stream":["public"],"event":"upd').encode())

    def speak_again(self) -> None:
        """End a stall."""
        self.silent = False
        self.wake.set()

    def end(self, reason: str) -> None:
        """Close it once what is queued has been sent."""
        if not self.ended:
            self.ended = True
            self.silent = False
            self.reason = reason
            self.wake.set()

    def gone(self) -> None:
        """Record that the socket is no longer ours."""
        self.end("closed by client")
        self.disconnected_at = time.time()

    def shown(self) -> dict[str, Any]:
        """Return the record of this connection, for the control API."""
        return {
            "connection": self.number,
            "transport": self.transport,
            "channels": sorted(channel.id for channel in self.channels),
            "connected_at": iso(self.connected_at),
            "disconnected_at": iso(self.disconnected_at) if self.disconnected_at else None,
            "reason": self.reason,
            "delivered": self.delivered,
            "buffered_bytes": self._size,
        }

    def _framed(self, event: str, payload: str, channel: Channel) -> bytes:
        if self.transport == "sse":
            return f"event: {event}\ndata: {payload}\n\n".encode()
        return msgspec.json.encode({"stream": channel.stream, "event": event, "payload": payload})

    def _put(self, item: QueuedEvent) -> None:
        self._queue.append(item)
        self._size += len(item.message)
        if self._size > self._settings.send_buffer:
            self._queue.clear()
            self.end("slow reader")
            self.hang_up()
        self.wake.set()
