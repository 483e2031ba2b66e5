"""Verifying: does each segment still hold what its manifest says?"""

import hashlib
from typing import Literal

import msgspec

from workers.captures.segments.catalog import CountingReader, SegmentCatalog, SegmentInfo
from workers.captures.segments.compression import CHUNK, DamagedError, stored_lines, unpacked
from workers.captures.segments.manifest import Manifest, ManifestError
from workers.captures.segments.timestamps import iso
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
        """Whether the segment is not what it should be."""
        return self.verdict in BAD


def verify(folder: SegmentCatalog, stored: SegmentInfo) -> Finding:
    """Read one segment whole and compare it with its manifest."""
    try:
        manifest = folder.manifest(stored)
    except ManifestError as error:
        return Finding(stored.name, "mismatch", (str(error),))
    if stored.state == "shipped":
        shipment = folder.shipment(stored)
        return Finding(stored.name, "shipped", (f"now at {shipment.url}",) if shipment else ())
    if stored.state == "missing":
        return Finding(stored.name, "missing", ("there is a manifest and no data",))
    try:
        with folder.open(stored.path) as stream:
            digest = hashlib.sha256()
            reader = CountingReader(stream, digest.update)
            totals = totals_of(stored_lines(unpacked(reader)))
            for _ in iter(lambda: reader.read(CHUNK), b""):
                pass  # what the lines had no need of counts, too
    except DamagedError as error:
        return Finding(stored.name, "damaged", (str(error),))
    if stored.state == "open":
        return Finding(stored.name, "open", (f"{totals.count} lines so far",))
    if manifest is None:
        return Finding(stored.name, "unproved", (f"{totals.count} lines, no manifest",))
    notes = tuple(_differences(stored, manifest, totals, reader.count, digest.hexdigest()))
    return Finding(stored.name, "mismatch" if notes else "ok", notes or _notes(manifest))


def _notes(manifest: Manifest) -> tuple[str, ...]:
    notes = [f"{manifest.count} lines"]
    if manifest.rebuilt:
        notes.append(f"manifest rebuilt: {manifest.rebuilt}")
    for each in manifest.redactions:
        copies = f" and {each.copies} copies of posts" if each.copies else ""
        notes.append(f"{each.count} lines{copies} taken out at {each.at}: {each.reason}")
    return tuple(notes)


def _differences(
    stored: SegmentInfo, manifest: Manifest, totals: SegmentTotals, size: int, sha256: str
) -> list[str]:
    found = {
        "file": stored.path.rpartition("/")[2],
        "bytes": size,
        "sha256": sha256,
        "content_bytes": totals.bytes,
        "content_sha256": totals.sha256,
        "first_received_at": _iso(totals.first_received_at),
        "last_received_at": _iso(totals.last_received_at),
    }
    notes = []
    for field in COMPARED:
        value = found[field] if field in found else getattr(totals, field)
        said = getattr(manifest, field)
        if value != said:
            notes.append(f"{field} is {value}, the manifest says {said}")
    return notes


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
