"""Listing: one line of text for each segment."""

from collections.abc import Iterable, Iterator

from workers.captures.segments.catalog import SegmentCatalog, SegmentInfo
from workers.captures.segments.manifest import ManifestError

HEAD = ("STATE", "LINES", "BYTES", "FIRST RECEIVED", "LAST RECEIVED", "GAPS", "NAME")
FORM = "{:8} {:>9} {:>13} {:24} {:24} {:>4}  {}"


def table(folder: SegmentCatalog, segments: Iterable[SegmentInfo]) -> Iterator[str]:
    """Yield a head, a line for each segment, and the sums."""
    yield FORM.format(*HEAD)
    count = lines = size = 0
    for stored in segments:
        count += 1
        size += stored.size
        try:
            manifest = folder.manifest(stored)
        except ManifestError as error:
            yield FORM.format(stored.state, "?", stored.size, "?", "?", "?", stored.name)
            yield f"         {error}"
            continue
        if manifest is None:
            yield FORM.format(stored.state, "-", stored.size, "-", "-", "-", stored.name)
            continue
        lines += manifest.count
        yield FORM.format(
            stored.state,
            manifest.count,
            manifest.bytes,
            manifest.first_received_at or "-",
            manifest.last_received_at or "-",
            len(manifest.gaps),
            stored.name,
        )
    yield f"{count} segments, {lines} lines with a manifest, {size} bytes"
