"""An export: which posts are chosen, and one pass or two over the files that hold them."""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from streams.exports import ExportSelection
from workers.captures.segments.catalog import SegmentCatalog, SegmentInfo
from workers.captures.segments.compression import LARGEST_WINDOW
from workers.captures.segments.merge import SegmentMerge
from workers.captures.segments.timestamps import posted_ms
from workers.collector.recent_ids import RecentIds
from workers.export.formats import TABLES, write_csv_for_excel
from workers.export.graph import GRAPHS, write_graph
from workers.export.inspection import NoPostsError, what_was_seen
from workers.export.label_source import LabelSource
from workers.export.rows import ExportRow, row_of
from workers.replay.reader import CaptureReader, Replayed
from workers.replay.segment_reader import SegmentReader

FORMATS = (*TABLES, *GRAPHS)
UNIQUE = 1_000_000
"""Ids that `unique` remembers, at least."""


class Export:
    """Writes the chosen posts of segments. The counts are those of the last pass."""

    def __init__(
        self,
        source: SegmentCatalog | SegmentReader,
        segments: Sequence[SegmentInfo],
        selection: ExportSelection,
        labels: LabelSource | None = None,
        window: int = LARGEST_WINDOW,
    ) -> None:
        """`labels` gives the labels, where the selection needs any."""
        self._labels = labels
        self._source = source
        self._segments = segments
        self._selection = selection
        self._window = window
        self.posts = 0
        """Posts written."""
        self._open()

    def write(self, out: BinaryIO) -> None:
        """Write the posts; those that a deletion notice in the files takes back are left out.

        Raises NoPostsError when there is no post at all, GraphTooLargeError, CatalogError.
        """
        self._write(out, frozenset())
        if deleted := frozenset(self.reader.deleted):
            # A deletion stands behind its post: write again without what is taken back.
            out.seek(0)
            out.truncate()
            self._open()
            self._write(out, deleted)
        if not self.reader.formats:
            raise NoPostsError(f"no post found: {what_was_seen(self.reader, self.merge)}")

    def _open(self) -> None:
        self.merge = SegmentMerge(self._source, list(self._segments), self._window)
        self.reader = CaptureReader(self.merge)

    def _write(self, out: BinaryIO, without: frozenset[str]) -> None:
        chosen = self._selection
        self.posts = 0
        rows = self._counted(self._rows(without))
        if chosen.format in GRAPHS:
            write_graph(rows, out, chosen.format)
        else:
            write = write_csv_for_excel if chosen.for_excel else TABLES[chosen.format]
            write(rows, out, chosen.columns)

    def _rows(self, without: frozenset[str]) -> Iterable[ExportRow]:
        """Return the rows to write; labels come last where they choose nothing."""
        chosen = self._selection
        rows: Iterable[ExportRow] = map(row_of, self._selected())
        if without:
            rows = (row for row in rows if row.id not in without)
        if chosen.unique:
            rows = _unique(rows)
        if self._labels is not None and chosen.labels:
            rows = (row for row in self._labels.fill(rows) if row.label in chosen.labels)
        if chosen.sample is not None:
            rows = _sample(rows, chosen.sample, chosen.seed)
        if self._labels is not None and not chosen.labels:
            rows = self._labels.fill(rows)
        return rows

    def _selected(self) -> Iterator[Replayed]:
        """Yield the posts of the wanted time and languages; those without a time are in no time."""
        since, until = self._selection.since, self._selection.until
        languages = self._selection.languages
        for replayed in self.reader:
            at = posted_ms(replayed.post.created_at) or replayed.received_at
            if (since and at < since) or (until and not 0 < at < until):
                continue
            if not languages or (replayed.post.lang or "") in languages:
                yield replayed

    def _counted(self, rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        for row in rows:
            self.posts += 1
            yield row


def _sample(rows: Iterable[ExportRow], count: int, seed: int) -> list[ExportRow]:
    """Draw rows at random, the same for the same seed; they stay in order."""
    draw = random.Random(seed)  # noqa: S311
    kept: list[tuple[int, ExportRow]] = []
    for number, row in enumerate(rows):
        if number < count:
            kept.append((number, row))
        elif (place := draw.randrange(number + 1)) < count:
            kept[place] = (number, row)
    return [row for _, row in sorted(kept, key=lambda each: each[0])]


def _unique(rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
    seen = RecentIds(UNIQUE)
    return (row for row in rows if seen.add(row.id))
