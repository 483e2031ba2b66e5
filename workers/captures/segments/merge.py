"""Merging segments: the lines of many files in the order in which they were received."""

import heapq
import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import BinaryIO, Protocol, cast

import msgspec

from workers.captures.segments.catalog import CountingReader, SegmentInfo
from workers.captures.segments.compression import WINDOW, DamagedError, RawLine, UnsupportedError
from workers.captures.segments.envelope import EnvelopeError, EnvelopeRecord, unwrap
from workers.captures.segments.manifest import Manifest, ManifestError
from workers.captures.segments.records import FileFacts, limited, records
from workers.captures.segments.timestamps import ms_of, posted_ms
from workers.captures.segments.totals import created_at_of

log = logging.getLogger(__name__)


class MergedLine(msgspec.Struct, frozen=True):
    """A line and the segment it is in; `record` is None when its envelope is broken."""

    segment: SegmentInfo
    line: RawLine
    record: EnvelopeRecord | None
    moment: int
    """When it was received (ms), or posted when that is not recorded."""


class SegmentSource(Protocol):
    """Where segments are read from, such as a SegmentCatalog."""

    def manifest(self, segment: SegmentInfo) -> Manifest | None: ...  # noqa: D102
    def open(self, path: str) -> AbstractContextManager[CountingReader]: ...  # noqa: D102


class SegmentMerge:
    """Reads segments side by side, each opened only when its first line is due."""

    def __init__(
        self,
        folder: SegmentSource,
        segments: Sequence[SegmentInfo],
        window: int = WINDOW,
        most_bytes: int | None = None,
    ) -> None:
        """A zstd frame may ask for `window` bytes of memory; a file unpacks to `most_bytes`."""
        self._most_bytes = most_bytes
        self.damaged: list[str] = []
        """Names of segments that are damaged, as found while reading."""
        self.unsupported: dict[str, str] = {}
        """Segments that Weir cannot read, and why."""
        self.facts: dict[str, FileFacts] = {}
        """What each segment was found to be."""
        self._window = window
        self._folder = folder
        self._segments = segments

    def __iter__(self) -> Iterator[MergedLine]:
        waiting = sorted(
            ((self._start(segment), number) for number, segment in enumerate(self._segments)),
            reverse=True,
        )
        heap: list[tuple[int, int, MergedLine, Iterator[MergedLine]]] = []
        while waiting or heap:
            while waiting and (not heap or waiting[-1][0] <= heap[0][0]):
                _, number = waiting.pop()
                lines = self._read(self._segments[number])
                first = next(lines, None)
                if first is not None:
                    heapq.heappush(heap, (first.moment, number, first, lines))
            if not heap:
                continue
            _, number, found, lines = heap[0]
            yield found
            following = next(lines, None)
            if following is None:
                heapq.heappop(heap)
            else:
                heapq.heapreplace(heap, (following.moment, number, following, lines))

    def _start(self, segment: SegmentInfo) -> int:
        """Return when a segment begins, from its manifest or its first line."""
        try:
            manifest = self._folder.manifest(segment)
        except ManifestError:
            manifest = None
        if manifest is not None and manifest.first_received_at is not None:
            return ms_of(manifest.first_received_at)
        first = next(self._read(segment), None)
        return first.moment if first else 0

    def _read(self, segment: SegmentInfo) -> Iterator[MergedLine]:
        moment = 0
        with ExitStack() as stack:
            try:
                stream = stack.enter_context(self._folder.open(segment.path))
                facts = self.facts[segment.name] = FileFacts()
                lines = records(cast(BinaryIO, stream), facts, self._window)
                for line in limited(lines, self._most_bytes) if self._most_bytes else lines:
                    record = _record(line)
                    moment = _moment(record, moment)
                    yield MergedLine(segment, line, record, moment)
            except UnsupportedError as error:
                self.unsupported[segment.name] = str(error)
            except DamagedError as error:
                if segment.name not in self.damaged:
                    self.damaged.append(segment.name)
                    log.warning("%s: %s", segment.name, error)


def _record(line: RawLine) -> EnvelopeRecord | None:
    try:
        return unwrap(line)
    except EnvelopeError:
        return None


def _moment(record: EnvelopeRecord | None, before: int) -> int:
    """A line without a time follows the one before it."""
    if record is None:
        return before
    if record.received_at is not None:
        return record.received_at
    return posted_ms(created_at_of(record.raw)) or before
