"""The pace of the made-up posts: so many a second, evenly spread."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice

import gevent
from gevent.event import Event

from simulator.faults import Faults
from simulator.posts import SimulatedPost
from simulator.settings import SimulatorSettings
from simulator.turns import in_turns
from simulator.users import UserDirectory
from simulator.writer import TextWriter

# Shortest pause between two rounds, and the most that is caught up after a hold-up, in seconds.
TICK = 0.004
CATCH_UP = 0.5


class Generator:
    """Gives posts at `rate` a second; 0 is silence."""

    def __init__(
        self,
        users: UserDirectory,
        ids: Iterator[str],
        faults: Faults,
        seed: int,
        settings: SimulatorSettings | None = None,
    ) -> None:
        self._writer = TextWriter(users, ids, seed, settings)
        self._faults = faults
        self._rate = 0.0
        self._changed = Event()
        self.ready: deque[SimulatedPost] = deque()
        """Posts that were written ahead of their time; they go out first."""
        self.written = 0
        self.shed = 0.0
        """Posts that were due and not made, because the machine could not keep up."""

    @property
    def rate(self) -> float:
        """The set rate, in posts a second."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self._rate = rate
        self._changed.set()

    def posts(self, congested: Callable[[], bool]) -> Iterator[SimulatedPost]:
        """Yield posts for ever, each when it is due; waits in between.

        What the machine cannot make in time is shed: requests and readers go first.
        """
        owed, last = 0.0, time.monotonic()
        while True:
            rate = self._rate * self._burst()
            if rate <= 0:
                self._changed.clear()
                self._changed.wait()
                owed, last = 0.0, time.monotonic()
                continue
            now = time.monotonic()
            owed, most = owed + (now - last) * rate, max(1.0, rate * CATCH_UP)
            self.shed += max(0.0, owed - most)
            owed = min(owed, most)
            last = now
            if congested():
                owed = 0.0
            for _ in in_turns(range(int(owed))):
                owed -= 1.0
                self.written += 1
                yield self.ready.popleft() if self.ready else self._writer.write(time.time())
            gevent.sleep(0)
            self._changed.clear()
            self._changed.wait(max(TICK, (1.0 - owed) / rate))

    def write_ahead(self, count: int, words: Sequence[str] = ()) -> Iterator[SimulatedPost]:
        """Write so many posts that go out later, each with the next of these words; yield each."""
        for word in islice(cycle(words or ("",)), count):
            post = self._writer.write(time.time())
            if word:
                post.data["text"] += f" {word}"
            self.ready.append(post)
            yield post

    def _burst(self) -> float:
        fault = self._faults.find("burst")
        return fault.order.factor if fault else 1.0
