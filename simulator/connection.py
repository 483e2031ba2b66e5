"""One open stream: a bounded buffer and a writer, so that a slow reader holds up nobody."""

import errno
import itertools
import socket
import struct
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import gevent
import msgspec
from gevent.event import Event
from gevent.socket import wait_read

from simulator.billing import BillingMeter, utc_day
from simulator.faults import ActiveFault, Faults
from simulator.fields import Selection
from simulator.ledger import DeliveryLedger
from simulator.posts import SimulatedPost, iso
from simulator.problems import disconnect
from simulator.rules import StreamRule
from simulator.settings import SimulatorSettings
from simulator.wire import in_pieces

_encode = msgspec.json.Encoder().encode
_numbers = itertools.count(1)
CHUNK = 64 * 1024
# How long a reader that is thrown out may still take to fetch what is queued for it.
PARTING_SECONDS = 2.0
BY_CLIENT = "closed by client"


class BilledApp(Protocol):
    """The app that a stream is counted for."""

    consumer_key: str
    meter: BillingMeter


class QueuedLine(NamedTuple):
    """One line to send, and for a post what the ledger will say about it."""

    line: bytes
    post: SimulatedPost | None = None
    rules: tuple[StreamRule, ...] = ()


class StreamConnection:
    """One client reading the stream."""

    def __init__(
        self,
        app: BilledApp,
        selection: Selection,
        sock: socket.socket,
        settings: SimulatorSettings,
        ledger: DeliveryLedger,
        faults: Faults,
        client_ip: str,
    ) -> None:
        self.number = next(_numbers)
        self.app = app
        self.client_ip = client_ip
        self.connected_at = time.time()
        self.disconnected_at: float | None = None
        self.reason: str | None = None
        self.delivered = self.over_cap = self.withheld = 0
        self.torn: list[str] = []
        self.backlog: Iterator[tuple[SimulatedPost, tuple[StreamRule, ...]]] = iter(())
        self.finite = False
        self._selection = selection
        self._socket = sock
        self._settings = settings
        self._ledger = ledger
        self._faults = faults
        self._queue: deque[QueuedLine] = deque()
        self._size = 0
        self._wake = Event()
        self._ending = False
        self._silence: str | None = None
        self._tear = 0
        self._second, self._in_second = 0, 0
        self._tails: dict[tuple[StreamRule, ...], bytes] = {}
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch = gevent.spawn(self._watch_client)

    # What the delivery side calls; none of it ever waits.

    def offer(self, post: SimulatedPost, rules: tuple[StreamRule, ...]) -> bool:
        """Queue a post that matched; False when it will not be sent."""
        if self._ending:
            return False
        if self._silence:
            self.withheld += 1
            return False
        if self._settings.posts_per_second_cap and self._capped():
            self.over_cap += 1
            return False
        self._push(QueuedLine(self._line(post, rules), post, rules))
        return True

    def prepare(self, post: SimulatedPost) -> None:
        """Encode a post for this connection ahead of its time."""
        post.rendered = (self._selection, self._selection.render(post))

    def say(self, line: bytes) -> None:
        """Queue a line that is not a post."""
        if not self._ending:
            self._push(QueuedLine(line))

    def fill(self) -> float:
        """Return how full the buffer is: 0 empty, 1 full."""
        return self._size / self._settings.send_buffer

    def end(self, reason: str, patience: float | None = None) -> None:
        """Close cleanly once what is queued has been sent; hang up if that takes too long."""
        if not self._ending:
            self._ending = True
            self.reason = self.reason or reason
            self._wake.set()
            if patience is not None:
                gevent.spawn_later(patience, self._hang_up)

    def gone(self) -> None:
        """Record that the socket is no longer ours."""
        self.end(BY_CLIENT)
        self._watch.kill(block=False)
        self.disconnected_at = time.time()

    def apply_fault(self, fault: ActiveFault) -> None:
        """Apply a fault to this connection."""
        order = fault.order
        if fault.kind == "close":
            gevent.spawn_later(order.after, self.end, "fault: close")
        elif fault.kind == "reset_mid_line":
            self._tear += 1
        elif fault.kind in ("stall", "keepalives_only"):
            self._silence = fault.kind
            self._wake.set()
            if order.seconds is not None:
                gevent.spawn_later(max(0.0, order.seconds), self.speak_again)
        elif fault.kind == "operational_disconnect":
            message = disconnect(order.disconnect_type, order.line or "This stream is closing.")
            self.say(_encode(message) + b"\r\n")
            gevent.spawn_later(order.after, self.end, "fault: operational_disconnect")
        else:
            self.say(fault.line())

    def speak_again(self) -> None:
        """End a stall."""
        self._silence = None
        self._wake.set()

    def _push(self, item: QueuedLine) -> None:
        self._queue.append(item)
        self._size += len(item.line)
        if self._size > self._settings.send_buffer and self._settings.when_full != "hold":
            self._cut()
        elif not self._wake.is_set():
            self._wake.set()

    def _cut(self) -> None:
        """Disconnect a reader that is too slow; with X's message only when so set."""
        self._queue.clear()
        self.end("slow reader", PARTING_SECONDS)
        if self._settings.when_full == "cut_with_message":
            message = disconnect("SlowReader", "This client reads too slowly.")
            self._queue.append(QueuedLine(_encode(message) + b"\r\n"))
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        if self.disconnected_at is not None:
            return
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _capped(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        return self._in_second > self._settings.posts_per_second_cap

    def _line(self, post: SimulatedPost, rules: tuple[StreamRule, ...]) -> bytes:
        return b"{" + self._selection.render(post) + self._tail(rules)

    def _tail(self, rules: tuple[StreamRule, ...]) -> bytes:
        """Return the end of a line: the matching rules and CRLF."""
        omit = self._faults.find("omit_tag") if self._faults else None
        tail = None if omit else self._tails.get(rules)
        if tail is None:
            matching = []
            for rule in rules:
                entry = {"id": rule.id}
                if not omit or (rule.tag and not omit.order.all):
                    entry["tag"] = rule.tag or ""
                matching.append(entry)
            tail = b',"matching_rules":' + _encode(matching) + b"}\r\n"
            if len(self._tails) > 10_000:
                self._tails.clear()
            if not omit:
                self._tails[rules] = tail
        return tail

    # What the writer does, in the greenlet of the request.

    def chunks(self) -> Iterator[bytes]:
        """Return the bytes of the body as they become due; ends when the connection ends."""
        yield from self._replay()
        while True:
            if self._silence != "stall" and self._queue:
                yield from self._batch()
            elif self._ending:
                return
            else:
                self._wake.clear()
                woken = self._wake.wait(self._settings.keep_alive)
                if not woken and self._silence != "stall":
                    yield from in_pieces(self._faults, b"\r\n")

    def _batch(self) -> Iterator[bytes]:
        """Take what is queued, up to a chunk, and give it to the socket."""
        items: list[QueuedLine] = []
        size = 0
        while self._queue and size < CHUNK:
            items.append(self._queue.popleft())
            size += len(items[-1].line)
        yield from self._send(items)
        self._size = max(0, self._size - size) if self._queue else 0

    def _send(self, items: list[QueuedLine]) -> Iterator[bytes]:
        """Record items in the ledger and hand them to the socket."""
        taken: list[bytes] = []
        now = time.time()
        sent_ms, day = int(now * 1000), utc_day(now)
        for line, post, rules in items:
            if post is not None and self._tear:
                self._tear -= 1
                self.torn.append(post.id)
                yield from self._reset(b"".join(taken), line)
            taken.append(line)
            if post is not None:
                self.delivered += 1
                self._ledger.record(self.number, post.id, rules, sent_ms)
                self.app.meter.count(post, day)
        yield from in_pieces(self._faults, b"".join(taken))

    def _replay(self) -> Iterator[bytes]:
        """Send older posts first; whoever reads them slowly only waits for them longer."""
        lines = (QueuedLine(self._line(post, rules), post, rules) for post, rules in self.backlog)
        while items := list(itertools.islice(lines, 50)):
            yield from self._send(items)
            gevent.sleep(0)
        if self.finite:
            self.end("replay finished")

    def _reset(self, before: bytes, line: bytes) -> Iterator[bytes]:
        """Send half a line, then reset the TCP connection."""
        self.reason = "fault: reset_mid_line"
        yield before + line[: len(line) // 2]
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionResetError(errno.ECONNRESET, "reset on order")

    def _watch_client(self) -> None:
        """Notice a client that leaves while nothing is being sent."""
        try:
            wait_read(self._socket.fileno())
            if not self._socket.recv(1, socket.MSG_PEEK):
                self.end(BY_CLIENT)
        except OSError:
            self.end(BY_CLIENT)

    def shown(self) -> dict[str, Any]:
        """Return the record of this connection, for the control API."""
        return {
            "connection": self.number,
            "app": self.app.consumer_key,
            "client_ip": self.client_ip,
            "connected_at": iso(self.connected_at),
            "disconnected_at": iso(self.disconnected_at) if self.disconnected_at else None,
            "reason": self.reason if self.disconnected_at else None,
            "delivered": self.delivered,
            "over_cap": self.over_cap,
            "withheld": self.withheld,
            "torn": self.torn,
            "buffered_bytes": self._size,
        }
