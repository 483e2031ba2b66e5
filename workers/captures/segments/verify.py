"""Verifies segments: does each still hold what its manifest says?"""

import hashlib
from typing import Literal

import msgspec

from workers.captures.segments.catalog import CountingReader, SegmentCatalog, SegmentInfo
from workers.captures.segments.compression import CHUNK, DamagedError, decompressed, stored_lines
from workers.captures.segments.manifest import Manifest, ManifestError
from workers.captures.segments.timestamps import iso_or_none
from workers.captures.segments.totals import SegmentTotals, totals_of

Verdict = Literal["ok", "mismatch", "damaged", "missing", "unproved", "open", "shipped"]
BAD: frozenset[Verdict] = frozenset({"mismatch", "damaged", "missing"})
COMPARED = (
    "file bytes sha256 content_bytes content_sha256 count not_json"
    " first_id first_received_at last_id last_received_at"
).split()


class Finding(msgspec.Struct, frozen=True):
    """What was found of one segment; each note is a short sentence."""

    name: str
    verdict: Verdict
    notes: tuple[str, ...] = ()

    @property
    def bad(self) -> bool:
        """Whether the segment differs from its manifest."""
        return self.verdict in BAD


def verify(folder: SegmentCatalog, segment: SegmentInfo) -> Finding:
    """Read one segment whole and compare it with its manifest."""
    try:
        manifest = folder.manifest(segment)
    except ManifestError as error:
        return Finding(segment.name, "mismatch", (str(error),))
    if segment.state == "shipped":
        upload_record = folder.upload_record(segment)
        return Finding(
            segment.name, "shipped", (f"uploaded to {upload_record.url}",) if upload_record else ()
        )
    if segment.state == "missing":
        return Finding(segment.name, "missing", ("the manifest exists, the data do not",))
    try:
        with folder.open(segment.path) as stream:
            digest = hashlib.sha256()
            reader = CountingReader(stream, digest.update)
            totals = totals_of(stored_lines(decompressed(reader)))
            for _ in iter(lambda: reader.read(CHUNK), b""):
                pass  # what the lines had no need of counts, too
    except DamagedError as error:
        return Finding(segment.name, "damaged", (str(error),))
    if segment.state == "open":
        return Finding(segment.name, "open", (f"{totals.count} lines so far",))
    if manifest is None:
        return Finding(segment.name, "unproved", (f"{totals.count} lines, no manifest",))
    notes = tuple(_differences(segment, manifest, totals, reader.count, digest.hexdigest()))
    return Finding(segment.name, "mismatch" if notes else "ok", notes or _notes(manifest))


def _notes(manifest: Manifest) -> tuple[str, ...]:
    notes = [f"{manifest.count} lines"]
    if manifest.rebuilt:
        notes.append(f"manifest rebuilt: {manifest.rebuilt}")
    for each in manifest.redactions:
        copies = f" and {each.copies} copies of posts" if each.copies else ""
        notes.append(f"{each.count} lines{copies} removed at {each.at}: {each.reason}")
    return tuple(notes)


def _differences(
    segment: SegmentInfo, manifest: Manifest, totals: SegmentTotals, size: int, sha256: str
) -> list[str]:
    found = {
        "file": segment.path.rpartition("/")[2],
        "bytes": size,
        "sha256": sha256,
        "content_bytes": totals.bytes,
        "content_sha256": totals.sha256,
        "first_received_at": iso_or_none(totals.first_received_at),
        "last_received_at": iso_or_none(totals.last_received_at),
    }
    notes = []
    for field in COMPARED:
        value = found[field] if field in found else getattr(totals, field)
        recorded = getattr(manifest, field)
        if value != recorded:
            notes.append(f"{field} is {value}, the manifest says {recorded}")
    return notes
