"""Listing: one line of text for each segment."""

from collections.abc import Iterable, Iterator

from workers.captures.segments.catalog import SegmentCatalog, SegmentInfo
from workers.captures.segments.manifest import ManifestError

HEAD = ("STATE", "LINES", "BYTES", "FIRST RECEIVED", "LAST RECEIVED", "GAPS", "NAME")
FORM = "{:8} {:>9} {:>13} {:24} {:24} {:>4}  {}"


def table(folder: SegmentCatalog, segments: Iterable[SegmentInfo]) -> Iterator[str]:
    """Yield a header, a line for each segment, and the sums."""
    yield FORM.format(*HEAD)
    count = lines = size = 0
    for segment in segments:
        count += 1
        size += segment.size
        try:
            manifest = folder.manifest(segment)
        except ManifestError as error:
            yield FORM.format(segment.state, "?", segment.size, "?", "?", "?", segment.name)
            yield f"         {error}"
            continue
        if manifest is None:
            yield FORM.format(segment.state, "-", segment.size, "-", "-", "-", segment.name)
            continue
        lines += manifest.count
        yield FORM.format(
            segment.state,
            manifest.count,
            manifest.bytes,
            manifest.first_received_at or "-",
            manifest.last_received_at or "-",
            len(manifest.gaps),
            segment.name,
        )
    yield f"{count} segments, {lines} lines with a manifest, {size} bytes"
