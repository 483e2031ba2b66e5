"""The backlog of a capture: lines that wait to be written, by the interval they belong to."""

from collections import deque

from workers.captures.segments.names import SegmentInterval, interval_of
from workers.captures.segments.totals import SegmentLine


class Chunk:
    """Lines of one interval."""

    def __init__(self, interval: SegmentInterval) -> None:
        self.interval = interval
        self.lines: list[SegmentLine] = []
        self.bytes = 0


class Backlog:
    """First in, first out. Not for two threads at once: the writer has the lock."""

    def __init__(self, minutes: int) -> None:
        self.bytes = 0
        self._minutes = minutes
        self._interval = SegmentInterval(0, 0)
        self._chunks: deque[Chunk] = deque()

    def add(self, line: SegmentLine) -> None:
        """Queue a line.

        A clock set back a little stays in the interval; set back by a whole one, the older opens.
        """
        now, moment = self._interval, line.received_at
        if not now.start - (now.end - now.start) < moment < now.end:
            self._interval = interval_of(moment, self._minutes)
        if not self._chunks or self._chunks[-1].interval != self._interval:
            self._chunks.append(Chunk(self._interval))
        chunk = self._chunks[-1]
        chunk.lines.append(line)
        chunk.bytes += len(line.data)
        self.bytes += len(line.data)

    def take(self) -> Chunk | None:
        """Take the oldest chunk; its bytes count until `settle`."""
        return self._chunks.popleft() if self._chunks else None

    def give_back(self, chunk: Chunk) -> None:
        """Put a chunk back that could not be written."""
        self._chunks.appendleft(chunk)

    def settle(self, chunk: Chunk) -> None:
        """A chunk was written."""
        self.bytes -= chunk.bytes

    def clear(self) -> tuple[int, int]:
        """Give up what waits; returns when its first line came and how many lines it was."""
        since = self._chunks[0].lines[0].received_at
        count = sum(len(chunk.lines) for chunk in self._chunks)
        self._chunks.clear()
        self.bytes = 0
        return since, count
