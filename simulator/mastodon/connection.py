"""One client of the streaming API: what it follows, and a bounded queue of what it gets."""

import time
from collections import deque
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from simulator.ledger import DeliveryLedger
from simulator.mastodon.channels import Channel, channel_of
from simulator.mastodon.settings import MastodonSettings
from simulator.subscriber import Subscriber

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


class EventConnection(Subscriber):
    """Queues events; the server-sent events or the websocket that carry them take them out."""

    broken_line = '{"stream":["public"],"event":"upd'
    is_binary = False

    def __init__(
        self, transport: Transport, settings: MastodonSettings, ledger: DeliveryLedger
    ) -> None:
        super().__init__()
        self.transport = transport
        self.channels: set[Channel] = set()
        self._settings = settings
        self._ledger = ledger
        self._queue: deque[QueuedEvent] = deque()

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

    def say(self, line: bytes) -> None:
        """Queue bytes that are no event of a status."""
        self._put(QueuedEvent(line))

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

    def shown(self) -> dict[str, Any]:
        """Return the record of this connection, for the control API."""
        channels = sorted(channel.id for channel in self.channels)
        return super().shown() | {"transport": self.transport, "channels": channels}

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
