"""The live path of a collector: from raw lines to batches on their way to the taggers."""

import logging
import queue
import time
from collections.abc import Callable
from threading import Event

from streams.batch import Batch
from streams.post import Post
from streams.settings import Settings
from workers.flow import InFlight
from workers.meter import Meter
from workers.seen import Seen
from workers.sources.source import Arrival, Skipped, Source

log = logging.getLogger(__name__)

MOST_LINES = 20_000
"""Lines that may wait before the source is made to wait, and TCP with it."""
QUIET = 250
"""Posts a second below which a batch leaves at once; above, holding it saves a third of the CPU."""

Send = Callable[[Batch], None]
"""Enqueues a batch for the taggers; raises ConnectionError when the queue cannot be reached."""


class LivePath:
    """Decodes, removes doubles, splits by stream, batches. `receive` and `run` on two threads."""

    def __init__(self, slot: str, settings: Settings, source: Source, send: Send) -> None:
        self.meter = Meter()
        self.in_flight = InFlight(settings.batches_in_flight)
        self.fence = 0
        self._slot = slot
        self._source = source
        self._send = send
        self._most_posts = settings.batch_posts
        self._hold = settings.batch_ms / 1000
        self._seen = Seen()
        self._lines: queue.SimpleQueue[tuple[bytes, int]] = queue.SimpleQueue()
        self._stopping = Event()
        self._drained = Event()
        self._number = 0
        self._posts: list[Post] = []
        self._routes: list[tuple[str, ...]] = []
        self._oldest = 0.0

    @property
    def waiting(self) -> int:
        """Lines received that are not decoded yet."""
        return self._lines.qsize()

    def receive(self, raw: bytes, received_at: int) -> None:
        """Take a line from the source; waits while too many lines wait already."""
        self._lines.put((raw, received_at))
        while self._lines.qsize() > MOST_LINES and not self._stopping.is_set():
            time.sleep(0.01)

    def stop(self, seconds: float) -> bool:
        """Send what has been received; False when that takes longer than `seconds`."""
        self._stopping.set()
        return self._drained.wait(seconds)

    def run(self) -> None:
        """Work until stopped and drained."""
        while not (self._stopping.is_set() and self._lines.empty()):
            try:
                raw, received_at = self._lines.get(timeout=self._patience())
            except queue.Empty:
                pass
            else:
                self._take(raw, received_at)
            if self._posts and self._due():
                self._flush()
        if self._posts:
            self._flush()
        self._drained.set()

    def _take(self, raw: bytes, received_at: int) -> None:
        self.meter.received += 1
        try:
            line = self._source.read(raw, received_at)
        except Exception:
            log.exception("a line of %d bytes could not be read", len(raw))
            line = Skipped("unreadable")
        if isinstance(line, Arrival) and not self._seen.add(line.post.id):
            line = Skipped("duplicate")
        if isinstance(line, Skipped):
            if not self.meter.skipped[line.kind]:
                log.warning("skipping lines of kind %r; this one begins %r", line.kind, raw[:80])
            self.meter.skipped[line.kind] += 1
            return
        if not self._posts:
            self._oldest = time.monotonic()
        self._posts.append(line.post)
        self._routes.append(line.stream_ids)
        self.meter.posts.update(line.stream_ids)
        self.meter.last_post_at = received_at

    def _patience(self) -> float:
        if not self._posts:
            return 0.2
        return max(0.0, self._oldest + self._hold - time.monotonic())

    def _due(self) -> bool:
        if len(self._posts) >= self._most_posts:
            return True
        if time.monotonic() - self._oldest >= self._hold:
            return True
        quiet = self.meter.rate < QUIET and not len(self.in_flight)
        return quiet and self._lines.empty()

    def _flush(self) -> None:
        self._number += 1
        batch = Batch(self._slot, self.fence, self._number, self._posts, self._routes)
        self._posts, self._routes = [], []
        while not self.in_flight.wait_for_room(0.5):
            if self._stopping.is_set():
                break  # a shutdown does not wait for taggers: the queue keeps the batch
        self.in_flight.started(batch.number)
        while True:
            try:
                return self._send(batch)
            except ConnectionError as error:
                log.warning("the queue cannot be reached, trying again: %s", error)
                if self._stopping.wait(0.5):
                    self._send_last(batch)
                    return None

    def _send_last(self, batch: Batch) -> None:
        try:
            self._send(batch)
        except ConnectionError:
            log.error("%d posts could not be handed to the taggers", len(batch.posts))
