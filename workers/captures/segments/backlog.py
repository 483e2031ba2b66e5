"""What waits to be written to a segment, by the interval of the file that it belongs to."""

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
    """Lines waiting to be written, first in, first out. The writer holds the lock."""

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

    def take(self, interval: SegmentInterval | None = None) -> Chunk | None:
        """Take the oldest chunk, if it is of `interval`; its bytes count until `discard`."""
        if not self._chunks or interval not in (None, self._chunks[0].interval):
            return None
        return self._chunks.popleft()

    def put_back(self, chunk: Chunk) -> None:
        """Put a chunk back that could not be written."""
        self._chunks.appendleft(chunk)

    def discard(self, chunk: Chunk) -> None:
        """Stop counting a chunk that was written."""
        self.bytes -= chunk.bytes

    def clear(self) -> tuple[int, int]:
        """Drop all lines; returns when the first was written (ms) and how many there were."""
        lines = [line for chunk in self._chunks for line in chunk.lines]
        self._chunks.clear()
        self.bytes = 0
        return min(line.written_at for line in lines), len(lines)
