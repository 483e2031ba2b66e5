"""The outbox of a collector: batches on their way to the taggers, none of which it waits for."""

import logging
import time
from collections import deque
from collections.abc import Callable

from streams.batch import Batch
from streams.outage_filter import MINUTE
from workers.collector.in_flight import InFlight

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds after which a batch that no tagger takes goes to the dashboards without labels."""
AGAIN = 0.5
"""Seconds until a queue that could not be reached is tried again."""

Send = Callable[[Batch], None]
"""Hands a batch on; raises ConnectionError when the other side cannot be reached."""


class Outbox:
    """Used by one thread. `to_taggers` enqueues a batch, `to_viewers` relays it as it is."""

    def __init__(
        self,
        in_flight: InFlight,
        to_taggers: Send,
        to_viewers: Send,
        on_put: Callable[[Batch], None] = lambda batch: None,
    ) -> None:
        self.in_flight = in_flight
        self.posts = 0
        """Posts that wait here."""
        self.bytes = 0
        """Bytes of the lines that they came in."""
        self._to_taggers = to_taggers
        self._to_viewers = to_viewers
        self._on_put = on_put
        self._waiting: deque[tuple[float, Batch, int]] = deque()
        self._closed_until = 0.0
        self._unlabelled = 0
        self._unlabelled_said_at = -MINUTE
        self._may_be_sent = False
        """Whether the other side may have the first batch though it did not say so."""

    def put(self, batch: Batch, size: int = 0) -> None:
        """Take a batch, whose lines have `size` bytes; `push` sends it."""
        self._on_put(batch)
        self._waiting.append((time.monotonic(), batch, size))
        self.bytes += size
        self.posts += len(batch.posts)

    def push(self) -> None:
        """Send what can be sent now."""
        while self._waiting and time.monotonic() >= self._closed_until:
            since, batch, _ = self._waiting[0]
            if self.in_flight.wait_for_room(0):
                self.in_flight.started(
                    batch.number, batch.posts[0].received_at
                )  # a tagger may be done before `_send` is
                sent = self._send(self._to_taggers, batch)
                if not sent:
                    self.in_flight.done([batch.number])
            elif time.monotonic() - since > PATIENCE:
                sent = self._send(self._to_viewers, batch)
                if sent:
                    self._say_unlabelled(len(batch.posts))
            else:
                return
            if not sent:
                return
            self._drop()

    def shed(self) -> Batch | None:
        """Drop the batch that waits longest; returns it, so that its posts are counted.

        One that the other side may have stays: sent again it is relayed once, counted here as well
        its posts would count twice.
        """
        at = int(self._may_be_sent)
        return self._drop(at) if len(self._waiting) > at else None

    def empty(self) -> None:
        """Enqueue everything, room or not: the queue keeps it while we are away."""
        while self._waiting:
            if not self._send(self._to_taggers, self._waiting[0][1]):
                log.error("%d posts could not be handed to the taggers", self.posts)
                return
            self._drop()

    def _drop(self, at: int = 0) -> Batch:
        _, batch, size = self._waiting[at]
        del self._waiting[at]
        self.bytes -= size
        self.posts -= len(batch.posts)
        return batch

    def _say_unlabelled(self, posts: int) -> None:
        self._unlabelled += posts
        now = time.monotonic()
        if now - self._unlabelled_said_at >= MINUTE:
            log.warning("taggers are behind: %d posts went without a label", self._unlabelled)
            self._unlabelled, self._unlabelled_said_at = 0, now

    def _send(self, send: Send, batch: Batch) -> bool:
        try:
            send(batch)
        except ConnectionError as error:
            log.warning("the queue cannot be reached, trying again: %s", error)
            self._closed_until = time.monotonic() + AGAIN
            self._may_be_sent = True
            return False
        self._may_be_sent = False
        return True
