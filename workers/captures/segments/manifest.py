"""The manifest: what a sealed segment holds, where it comes from, and how to prove it."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from streams.plan import OnDeletion
from workers.captures.segments.file_system import FileSystem, file_sha256, write_new, write_over
from workers.captures.segments.names import DRAFT, MANIFEST
from workers.captures.segments.timestamps import iso, iso_or_none
from workers.captures.segments.totals import SegmentTotals

FORMAT = "weir-1"


class FilterSpan(msgspec.Struct, rename={"since": "from", "until": "to"}):
    """A filter and when it was in force; `until` is None while it still was at the seal."""

    generation: int
    since: str
    until: str | None = None
    filter: Any = None


class GapSpan(msgspec.Struct, rename={"since": "from", "until": "to"}):
    """When nothing was listened to or written, and why; `until` is None while it lasted.

    `source` is the one that was not listened to, where the stream follows several.
    """

    since: str
    until: str | None
    reason: str
    source: str | UnsetType = UNSET


class DoubtSpan(msgspec.Struct, rename={"since": "from", "until": "to"}):
    """When the source was listened to and almost nothing arrived: it may have withheld posts."""

    since: str
    until: str | None


class BackfillSpan(msgspec.Struct, rename={"since": "from", "until": "to"}):
    """What a search brought, at the moment `at`, of a gap that some manifest names.

    `state` is filled, partly or unfillable; `missing` holds codes of what it could not bring;
    `posts` of all segments together were captured for this gap.
    """

    since: str
    until: str
    at: str
    state: str
    posts: int
    missing: list[str] = []


class Redaction(msgspec.Struct):
    """What a request removed: `count` lines, and `copies` of posts in lines that stay.

    With the action `mark` the lines stay and say that their posts were deleted.
    """

    request: str
    at: str
    reason: str
    count: int
    copies: int
    ids_sha256: str
    """Of the ids of the lines, sorted, one per line: proves them to a reader who has them."""
    content_sha256: str
    """SHA-256 of the lines before."""
    action: OnDeletion = "redact"


class Provenance(msgspec.Struct, kw_only=True):
    """Where a segment comes from. It is on disk as a draft from the moment a segment opens."""

    format: str = FORMAT
    collection: str
    source: str | None = None
    sources: list[str] | UnsetType = UNSET
    """All platforms that the lines may be of, where the stream follows several."""
    machine: str | None = None
    tool: str | None = None
    fence: int | None = None
    opened_at: str | None = None
    clock_ms: int | UnsetType = UNSET
    """How far the machine's clock was ahead of the right time at most; times were corrected."""
    filters: list[FilterSpan] = []
    gaps: list[GapSpan] = []
    doubts: list[DoubtSpan] = []
    backfills: list[BackfillSpan] = []


class Manifest(Provenance, kw_only=True):
    """Times are ISO 8601 in UTC. `sha256` and `bytes` are of the file as it is stored."""

    file: str
    count: int
    not_json: int
    bytes: int
    sha256: str
    content_bytes: int
    """Uncompressed, as is `content_sha256`: the same whatever the file is packed with."""
    content_sha256: str
    first_id: str | None
    first_created_at: str | None
    first_received_at: str | None
    last_id: str | None
    last_created_at: str | None
    last_received_at: str | None
    sealed_at: str
    rules_left_out: int = 0
    """Lines without the matching rules of other owners' streams, which Weir removed."""
    backfilled: int = 0
    """Lines that were asked for after a gap, as their envelopes say."""
    edits: int = 0
    """Lines that are later versions of posts: the rest of `count` are posts, each once."""
    rebuilt: str | None = None
    """Why the totals were counted from the data afterwards; None when they were kept in step."""
    redactions: list[Redaction] = []


class ManifestError(ValueError):
    """A manifest or draft that cannot be read."""


_manifest = msgspec.json.Decoder(Manifest)
_provenance = msgspec.json.Decoder(Provenance)


def manifest_of(
    file: str, totals: SegmentTotals, provenance: Provenance, now: int, rebuilt: str | None = None
) -> Manifest:
    """Make the manifest of a plain segment sealed at `now` (ms)."""
    known = {field: getattr(provenance, field) for field in Provenance.__struct_fields__}
    return Manifest(
        **known,
        file=file,
        bytes=totals.bytes,
        sha256=totals.sha256,
        **line_fields(totals),
        sealed_at=iso(now),
        rebuilt=rebuilt,
    )


def line_fields(totals: SegmentTotals) -> dict[str, Any]:
    """Return the manifest fields that describe the lines, however they are stored."""
    return {
        "count": totals.count,
        "not_json": totals.not_json,
        "rules_left_out": totals.rules_left_out,
        "backfilled": totals.backfilled,
        "edits": totals.edits,
        "content_bytes": totals.bytes,
        "content_sha256": totals.sha256,
        "first_id": totals.first_id,
        "first_created_at": totals.first_created_at,
        "first_received_at": iso_or_none(totals.first_received_at),
        "last_id": totals.last_id,
        "last_created_at": totals.last_created_at,
        "last_received_at": iso_or_none(totals.last_received_at),
    }


def with_file(manifest: Manifest, data: Path) -> Manifest:
    """Return the manifest for the same lines as they are stored in the file `data`."""
    size, sha256 = data.stat().st_size, file_sha256(data)
    return msgspec.structs.replace(manifest, file=data.name, bytes=size, sha256=sha256)


def manifest_path(data: Path) -> Path:
    """Return the path of the manifest of a sealed file."""
    return data.with_name(data.name + MANIFEST)


def write_manifest(file_system: FileSystem, data: Path, manifest: Manifest) -> None:
    """Write a manifest beside its segment atomically; FileExistsError if one exists."""
    write_new(file_system, manifest_path(data), encode(manifest))


def read_manifest(data: bytes) -> Manifest:
    """Decode a manifest; raises ManifestError that says what is wrong."""
    try:
        return _manifest.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ManifestError(f"the manifest cannot be read: {error}") from None


def draft_path(folder: Path, base: str) -> Path:
    """Return the path of the provenance of an open segment."""
    return folder / (base + DRAFT)


def write_draft(file_system: FileSystem, path: Path, provenance: Provenance) -> None:
    """Replace the provenance of an open segment atomically."""
    write_over(file_system, path, encode(provenance))


def read_draft(path: Path) -> Provenance | None:
    """Read a draft; None when there is none or it is not whole."""
    try:
        return _provenance.decode(path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


@cache
def tool() -> str:
    """Name this program and its version."""
    project = Path(__file__).resolve().parents[3] / "pyproject.toml"
    return f"weir {tomllib.loads(project.read_text())['project']['version']}"


def encode(value: Provenance) -> bytes:
    """Write a manifest or draft as JSON for people."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


class ProvenanceLog:
    """Collects the filters and gaps for the next manifest. Times are ms since the epoch."""

    def __init__(
        self,
        collection: str,
        *,
        source: str | None = None,
        sources: Sequence[str] = (),
        machine: str | None = None,
        fence: int | None = None,
    ) -> None:
        self._head = Provenance(
            collection=collection,
            source=source,
            sources=list(sources) or UNSET,
            machine=machine,
            tool=tool(),
            fence=fence,
        )
        self._filters: list[FilterSpan] = []
        self._gaps: list[GapSpan] = []
        self._doubts: list[DoubtSpan] = []
        self._backfills: list[BackfillSpan] = []
        self._clock_ms = 0
        self.version = 0
        """Rises with every entry."""

    def edit(self, generation: int, filter: Any, at: int) -> None:
        """Record that a filter is in force from now on; `filter` is anything JSON can hold."""
        if self._filters and self._filters[-1].until is None:
            self._filters[-1].until = iso(at)
        plain = msgspec.to_builtins(filter)
        self._filters.append(FilterSpan(generation, iso(at), None, plain))
        self.version += 1

    def open_gap(self, at: int, reason: str, source: str | None = None) -> None:
        """Record that nothing is kept from now on, unless a gap for that reason is open."""
        new = GapSpan(iso(at), None, reason, UNSET if source is None else source)
        open_now = [(gap.reason, gap.source) for gap in self._gaps if gap.until is None]
        if (new.reason, new.source) not in open_now:
            self._gaps.append(new)
            self.version += 1

    def close_gap(self, at: int, reason: str | None = None, source: str | None = None) -> None:
        """Record that posts are kept again: ends the open gaps, or those of a reason or source."""
        for gap in self._gaps:
            if gap.until is None and reason in (None, gap.reason) and source in (None, gap.source):
                gap.until = max(iso(at), gap.since)
                self.version += 1

    def set_gap(self, gap: GapSpan | None, since: int, until: int | None, reason: str) -> GapSpan:
        """Record, or correct, a gap beside those that others open and close; returns it."""
        if gap is None:
            gap = GapSpan(iso(since), None, reason)
            self._gaps.append(gap)
        gap.since, gap.until = iso(since), iso_or_none(until)
        self.version += 1
        return gap

    def open_doubt(self, at: int) -> None:
        """Record that almost nothing arrives from now on, unless that is recorded."""
        if not any(doubt.until is None for doubt in self._doubts):
            self._doubts.append(DoubtSpan(iso(at), None))
            self.version += 1

    def close_doubt(self, at: int) -> None:
        """Record that posts arrive again."""
        for doubt in self._doubts:
            if doubt.until is None:
                doubt.until = max(iso(at), doubt.since)
                self.version += 1

    def add_backfill(self, span: BackfillSpan) -> None:
        """Record what became of filling a gap; what was known of that gap is replaced."""
        self._backfills = [each for each in self._backfills if each.since != span.since]
        self._backfills.append(span)
        self.version += 1

    def note_clock(self, ahead_ms: int) -> None:
        """Record how far the clock of the machine is ahead, or behind when negative."""
        if abs(ahead_ms) > abs(self._clock_ms):
            self._clock_ms = ahead_ms
            self.version += 1

    def take_over(self, before: Provenance) -> None:
        """Add what an earlier segment, whose manifest may lack it, was to say of its gaps."""
        known = [(gap.since, gap.reason, gap.source) for gap in self._gaps]
        doubted = [doubt.since for doubt in self._doubts]
        self._gaps[:0] = [
            gap for gap in before.gaps if (gap.since, gap.reason, gap.source) not in known
        ]
        self._doubts[:0] = [each for each in before.doubts if each.since not in doubted]
        self.version += 1

    def provenance(self, opened_at: int) -> Provenance:
        """Return the provenance so far of a segment opened at that time."""
        return msgspec.structs.replace(
            self._head,
            opened_at=iso(opened_at),
            clock_ms=self._clock_ms or UNSET,
            filters=[msgspec.structs.replace(span) for span in self._filters],
            gaps=[msgspec.structs.replace(gap) for gap in self._gaps],
            doubts=[msgspec.structs.replace(doubt) for doubt in self._doubts],
            backfills=list(self._backfills),
        )

    def next_segment(self) -> None:
        """Drop what ended before a seal: the next segment does not repeat it."""
        self._filters = [span for span in self._filters if span.until is None]
        self._gaps = [gap for gap in self._gaps if gap.until is None]
        self._doubts = [doubt for doubt in self._doubts if doubt.until is None]
        self._backfills = []
        self._clock_ms = 0
