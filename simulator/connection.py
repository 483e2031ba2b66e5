"""One open stream: a bounded buffer and a writer, so that a slow reader holds up nobody."""

import errno
import itertools
import socket
import struct
import time
import zlib
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import gevent
import msgspec
from gevent.event import Event
from gevent.socket import wait_read

from simulator.billing import utc_day
from simulator.faults import Fault, Faults
from simulator.fields import Selection
from simulator.posts import Post, iso
from simulator.problems import disconnect
from simulator.rules import Rule

if TYPE_CHECKING:
    from simulator.apps import App
    from simulator.ledger import Ledger
    from simulator.settings import Settings

_encode = msgspec.json.Encoder().encode
_numbers = itertools.count(1)
CHUNK = 64 * 1024
# How long a cut reader may still take to fetch the message that says so.
PARTING_SECONDS = 5.0
BY_CLIENT = "closed by client"


class Item(NamedTuple):
    """One line to send, and for a post what the ledger will say about it."""

    line: bytes
    post: Post | None = None
    rules: tuple[Rule, ...] = ()


class Connection:
    """One client reading the stream."""

    def __init__(
        self,
        app: "App",
        selection: Selection,
        sock: socket.socket,
        settings: "Settings",
        ledger: "Ledger",
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
        self.finite = False
        self._selection = selection
        self._socket = sock
        self._settings = settings
        self._ledger = ledger
        self._faults = faults
        self._queue: deque[Item] = deque()
        self._size = 0
        self._wake = Event()
        self._ending = False
        self._silence: str | None = None
        self._tear = 0
        self._second, self._in_second = 0, 0
        self._tails: dict[tuple[Rule, ...], bytes] = {}
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch = gevent.spawn(self._watch_client)

    # What the delivery side calls; none of it ever waits.

    def offer(self, post: Post, rules: tuple[Rule, ...]) -> bool:
        """Queue a post that matched; False when it will not be sent."""
        if self._ending:
            return False
        if self._silence:
            self.withheld += 1
            return False
        if self._settings.posts_per_second_cap and self._capped():
            self.over_cap += 1
            return False
        line = b"{" + self._selection.render(post) + self._tail(rules)
        self._push(Item(line, post, rules))
        return True

    def say(self, line: bytes) -> None:
        """Queue a line that is not a post."""
        if not self._ending:
            self._push(Item(line))

    def fill(self) -> float:
        """Tell how full the buffer is: 0 empty, 1 full."""
        return self._size / self._settings.send_buffer

    def end(self, reason: str) -> None:
        """Close cleanly once what is queued has been sent."""
        if not self._ending:
            self._ending = True
            self.reason = self.reason or reason
            self._wake.set()

    def gone(self) -> None:
        """Note that the socket is no longer ours."""
        self.end(BY_CLIENT)
        self._watch.kill(block=False)
        self.disconnected_at = time.time()

    def suffer(self, fault: Fault) -> None:
        """Let a fault happen to this connection."""
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
        elif fault.kind == "unknown_message":
            self.say((order.line or '{"notice":{"level":1}}').encode() + b"\r\n")
        elif fault.kind == "garbage_line":
            self.say((order.line or '{"data":{"id":"1","te').encode() + b"\r\n")
        elif fault.kind == "bad_utf8":
            self.say(b'{"data":{"id":"1","text":"\xff\xfe caf\xe9"}}\r\n')

    def speak_again(self) -> None:
        """End a stall."""
        self._silence = None
        self._wake.set()

    def _push(self, item: Item) -> None:
        self._queue.append(item)
        self._size += len(item.line)
        if self._size > self._settings.send_buffer and self._settings.when_full != "hold":
            self._cut()
        elif not self._wake.is_set():
            self._wake.set()

    def _cut(self) -> None:
        """Let go of a reader that is too slow; with X's message only when so set."""
        self._queue.clear()
        self.end("slow reader")
        if self._settings.when_full == "cut_with_message":
            message = disconnect("SlowReader", "This client reads too slowly.")
            self._queue.append(Item(_encode(message) + b"\r\n"))
            gevent.spawn_later(PARTING_SECONDS, self._hang_up)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
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

    def _tail(self, rules: tuple[Rule, ...]) -> bytes:
        """Give the end of a line: the matching rules and CRLF."""
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
        """Give the bytes of the body as they become due; ends when the connection ends."""
        while True:
            if self._silence != "stall" and self._queue:
                yield from self._batch()
            elif self._ending:
                return
            else:
                self._wake.clear()
                woken = self._wake.wait(self._settings.keep_alive)
                if not woken and self._silence != "stall":
                    yield from self._split(b"\r\n")

    def _batch(self) -> Iterator[bytes]:
        """Take what is queued, up to a chunk, note it in the ledger and give it to the socket."""
        taken: list[bytes] = []
        size = 0
        now = time.time()
        sent_ms, day = int(now * 1000), utc_day(now)
        while self._queue and size < CHUNK:
            line, post, rules = self._queue.popleft()
            if post is not None and self._tear:
                self._tear -= 1
                self.torn.append(post.id)
                yield from self._reset(b"".join(taken), line)
            size += len(line)
            taken.append(line)
            if post is not None:
                self.delivered += 1
                self._ledger.record(self.number, post.id, rules, sent_ms)
                self.app.meter.count(post, day)
        yield from self._split(b"".join(taken))
        self._size = max(0, self._size - size) if self._queue else 0

    def _reset(self, before: bytes, line: bytes) -> Iterator[bytes]:
        """Send half a line, then reset the TCP connection."""
        self.reason = "fault: reset_mid_line"
        yield before + line[: len(line) // 2]
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionResetError(errno.ECONNRESET, "reset on order")

    def _split(self, data: bytes) -> Iterator[bytes]:
        """Give data in one chunk, or in the awkward chunks that a fault asks for."""
        if not self._faults:
            yield data
        elif self._faults.find("split_crlf"):
            for part in data.split(b"\r\n")[:-1]:
                yield part + b"\r"
                gevent.sleep(0.005)
                yield b"\n"
        elif self._faults.find("split_lines"):
            middle = max(1, len(data) // 2)
            yield data[:middle]
            gevent.sleep(0.005)
            yield data[middle:]
        else:
            yield data

    def _watch_client(self) -> None:
        """Notice a client that leaves while nothing is being sent."""
        try:
            wait_read(self._socket.fileno())
            if not self._socket.recv(1, socket.MSG_PEEK):
                self.end(BY_CLIENT)
        except OSError:
            self.end(BY_CLIENT)

    def shown(self) -> dict[str, Any]:
        """Give the record of this connection, for the control API."""
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


def gzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Compress a stream so that every chunk can be read as soon as it arrives."""
    packer = zlib.compressobj(wbits=31)
    for chunk in chunks:
        yield packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
