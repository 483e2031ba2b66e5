"""What clients of an event stream have in common: a state, faults that strike it, and an end."""

import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from gevent.event import Event

from simulator.faults import ActiveFault
from simulator.posts import iso

_numbers = itertools.count(1)


class Subscriber(ABC):
    """One client of Jetstream or Mastodon; `wake` is set whenever there is something to send."""

    broken_line: ClassVar[str]
    """What the fault `garbage_line` sends when it names no line."""

    def __init__(self) -> None:
        self.number = next(_numbers)
        self.connected_at = time.time()
        self.disconnected_at: float | None = None
        self.reason: str | None = None
        self.delivered = 0
        self.ended = False
        self.silent = False
        """While it stalls, not even heartbeats are sent."""
        self.wake = Event()
        self.hang_up: Callable[[], None] = lambda: None
        self._size = 0

    @abstractmethod
    def say(self, line: bytes) -> None:
        """Queue a line that is no event."""

    def apply_fault(self, fault: ActiveFault) -> None:
        """Apply a fault to this client."""
        if fault.kind == "close":
            self.end("fault: close")
        elif fault.kind == "stall":
            self.silent = True
        elif fault.kind == "garbage_line":
            self.say((fault.order.line or self.broken_line).encode())

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
        """Return the record of this client, for the control API."""
        return {
            "connection": self.number,
            "connected_at": iso(self.connected_at),
            "disconnected_at": iso(self.disconnected_at) if self.disconnected_at else None,
            "reason": self.reason,
            "delivered": self.delivered,
            "buffered_bytes": self._size,
        }
