"""Everything that one running double of an instance holds, and the way of a status through it."""

import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import gevent
import msgspec

from simulator.faults import ActiveFault, FaultOrder, Faults
from simulator.generator import Generator
from simulator.ledger import DeliveryLedger
from simulator.mastodon.channels import PLAIN, Channel
from simulator.mastodon.connection import EventConnection
from simulator.mastodon.settings import MastodonSettings
from simulator.mastodon.statuses import from_generated, id_at, moment_of, status, status_ids
from simulator.posts import Object, iso, snowflakes
from simulator.settings import SimulatorSettings
from simulator.users import UserDirectory

KINDS = frozenset("close stall garbage_line http_503 burst".split())
"""The faults of the X double that an instance can have, too; `http_503` takes any `status`."""
_STRIKES = ("close", "stall", "garbage_line")
HOST = "social.example"


class MastodonState:
    """The state of a double; no module keeps any of its own."""

    def __init__(
        self, seed: int = 1, token: str | None = None, control_token: str | None = None
    ) -> None:
        self.settings = MastodonSettings()
        self.token = token
        """The only token that is good; None takes every one."""
        self.control_token = control_token
        self.ledger = DeliveryLedger()
        self.faults = Faults(KINDS)
        self.open: list[EventConnection] = []
        self.past: list[EventConnection] = []
        self.corpus: OrderedDict[int, Object] = OrderedDict()
        self.generator = Generator(
            UserDirectory(seed), snowflakes(), self.faults, seed, SimulatorSettings()
        )
        self._ids = status_ids()
        self._window = (0.0, 0)

    def admits(self, token: str) -> bool:
        """Return whether a token is good."""
        return bool(token) and self.token in (None, token)

    def count_request(self) -> tuple[bool, dict[str, str]]:
        """Count a request; return whether it is within the limit, and Mastodon's headers."""
        now, (start, used) = time.time(), self._window
        if now >= start + self.settings.window:
            start, used = now, 0
        self._window = (start, used + 1)
        limit = self.settings.requests_per_window
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - used - 1)),
            "X-RateLimit-Reset": iso(start + self.settings.window),
        }
        return used < limit, headers

    def made(self, fields: Object) -> Object:
        """Make a status of the fields that a test gives. Raises ValueError, KeyError, TypeError.

        One with a `created_at` of the past gets an id of then, as a post that arrives late does.
        """
        fields = dict(fields)
        text = fields.pop("text", "")
        if not isinstance(text, str):
            raise TypeError("text must be a string")
        post_id = fields.pop("id", None)
        if post_id is None:
            post_id = next(self._ids)
            if "created_at" in fields:
                floor = id_at(moment_of(fields["created_at"]))
                post_id = str(next(n for n in range(floor, floor + 65536) if n not in self.corpus))
        if not (isinstance(post_id, str) and post_id.isascii() and post_id.isdigit()):
            raise ValueError(f"id must be a string of digits, not {post_id!r:.50}")
        return status(post_id, HOST, text, **fields)

    def publish(self, made: Object) -> int:
        """Deliver a status; return how often it was."""
        self.corpus[int(made["id"])] = made
        while len(self.corpus) > self.settings.corpus:
            self.corpus.popitem(last=False)
        return self._send("update", msgspec.json.encode(made).decode(), made)

    def edit(self, post_id: str, text: str) -> int:
        """Publish another version of a status. Raises KeyError for one that is not there."""
        before = self.corpus[int(post_id)]
        now = status(post_id, HOST, text)
        changed = {name: now[name] for name in ("content", "tags")}
        edited = before | changed | {"edited_at": iso(time.time())}
        self.corpus[int(post_id)] = edited
        return self._send("status.update", msgspec.json.encode(edited).decode(), edited)

    def delete(self, post_id: str) -> int:
        """Delete a status, whether timelines still know it or not."""
        gone = self.corpus.pop(int(post_id), None)
        return self._send("delete", post_id, gone)

    def timeline(
        self, channel: Channel, since: int | None, least: int | None, below: int | None, most: int
    ) -> list[Object]:
        """Return a page, newest first: the newest after `since`, or the oldest after `least`."""
        after = max(since or 0, least or 0)
        ids = sorted(
            number
            for number, made in list(self.corpus.items())
            if number > after and (below is None or number < below) and channel.carries(made)
        )
        page = ids[:most] if least is not None else ids[-most:]
        return [self.corpus[number] for number in reversed(page)]

    def generate(self) -> None:
        """Publish the generator's posts for ever; run it in a greenlet."""
        for post in self.generator.posts(lambda: False):
            if not post.refers("retweeted"):
                self.publish(from_generated(post, next(self._ids), HOST))

    def arm(self, order: FaultOrder) -> ActiveFault:
        """Put a fault in force; it strikes open connections at once. Raises ValueError."""
        fault = self.faults.arm(order)
        if fault.kind in _STRIKES:
            for connection in list(self.open)[: fault.left]:
                connection.apply_fault(fault)
                self.faults.spend(fault)
        return fault

    def connect(self, connection: EventConnection) -> None:
        """Count a connection as open; faults that wait for one strike it."""
        self.open.append(connection)
        while self.faults and (fault := self.faults.take(*_STRIKES)):
            connection.apply_fault(fault)

    def disconnect(self, connection: EventConnection) -> None:
        """Count a connection as closed."""
        connection.gone()
        if connection in self.open:
            self.open.remove(connection)
            self.past.append(connection)

    def clear_faults(self) -> None:
        """End all faults, those that are striking connections included."""
        self.faults.clear()
        for connection in self.open:
            connection.speak_again()

    def reset(self) -> None:
        """Forget statuses, faults, counts and deliveries, and end all connections."""
        self.clear_faults()
        for connection in list(self.open):
            connection.end("simulator reset")
        self.corpus.clear()
        self.ledger.reset()
        self._window = (0.0, 0)

    def _send(self, event: str, payload: str, made: Object | None) -> int:
        followed = {channel for connection in self.open for channel in connection.channels}
        carried = {
            channel
            for channel in followed
            # A deletion goes to everybody: the instance no longer knows who had the status.
            if event == "delete" or (made is not None and channel.carries(made))
        }
        post_id = made["id"] if made else payload
        return sum(each.offer(event, payload, post_id, carried) for each in list(self.open))

    def stop(self) -> None:
        """End all connections cleanly."""
        for connection in list(self.open):
            connection.end("simulator stopping")
        gevent.sleep(0)

    def overview(self) -> Iterator[tuple[str, Any]]:
        """Yield what the control API shows at a glance."""
        yield "posts_per_second", self.generator.rate
        yield "corpus", len(self.corpus)
        yield "ledger", len(self.ledger)
        yield "channels", sorted(PLAIN)
        yield "connections", [each.shown() for each in (*self.past, *self.open)]
        yield "faults", [fault.shown() for fault in self.faults.in_force()]
