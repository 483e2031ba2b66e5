"""The description beside an exported file: a Frictionless Data Package with its provenance."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from streams.clock import now_ms
from streams.store.doubts import Doubt
from streams.store.gaps import Gap
from workers.captures.segments.catalog import SegmentCatalog, SegmentInfo
from workers.captures.segments.file_system import file_sha256
from workers.captures.segments.manifest import ManifestError
from workers.captures.segments.timestamps import iso, iso_or_none
from workers.export.rows import MEANING, NUMBERS, TIMES
from workers.replay.segment_reader import SegmentReader

ENDING = ".datapackage.json"
_MEDIA_TYPES = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "ids": "text/plain",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "graphml": "application/graphml+xml",
    "gexf": "application/gexf+xml",
}
_TEXT = ("csv", "ndjson", "ids")
_TABLES = ("csv", "ids", "xlsx", "parquet", "ndjson")


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an export when it is written."""

    format: str
    columns: Sequence[str]
    options: Mapping[str, Any]
    posts: int
    counts: Mapping[str, int]
    model: str | None
    gaps: Sequence[Gap] | None = None
    """All of the stream, where a database holds them: manifests lack those after the last post."""
    doubts: Sequence[Doubt] | None = None


def description_path(table: Path) -> Path:
    """Return where the description of a file goes: a folder may hold several."""
    return table.with_name(table.name + ENDING)


def describe(
    table: Path,
    written: Description,
    catalog: SegmentCatalog | SegmentReader,
    segments: Sequence[SegmentInfo],
) -> bytes:
    """Make the description of a finished file, as JSON."""
    package = {
        "profile": "data-package",
        "name": _slug(table.name),
        "title": f"{written.posts} posts exported by Weir",
        "created": iso(now_ms()),
        "resources": [_resource(table, written)],
        "sources": [_source(catalog, each) for each in segments],
        "weir": {
            "options": dict(written.options),
            "posts": written.posts,
            "counts": dict(written.counts),
            "model": written.model,
            **_ledger(written),
        },
    }
    return msgspec.json.format(msgspec.json.encode(package), indent=2) + b"\n"


def _ledger(written: Description) -> dict[str, Any]:
    """Return the gaps and doubts of the stream as the API does, with times as in manifests."""
    spans = {"gaps": written.gaps, "doubts": written.doubts}
    return {
        name: [
            {"from": iso(each.started_at), "to": iso_or_none(each.ended_at)}
            | {
                field: value
                for field, value in msgspec.to_builtins(each).items()
                if field not in ("started_at", "ended_at")
            }
            for each in found
        ]
        for name, found in spans.items()
        if found is not None
    }


def _resource(table: Path, written: Description) -> dict[str, Any]:
    is_table = written.format in _TABLES
    resource: dict[str, Any] = {
        "profile": "tabular-data-resource" if is_table else "data-resource",
        "name": _slug(table.name),
        "path": table.name,
        "format": written.format,
        "mediatype": _MEDIA_TYPES[written.format],
        "bytes": table.stat().st_size,
        "hash": f"sha256:{file_sha256(table)}",
    }
    if written.format in _TEXT:
        resource["encoding"] = "utf-8"
    if written.format in ("csv", "ids"):
        resource["dialect"] = {
            "header": written.format == "csv",
            "delimiter": ",",
            "quoteChar": '"',
        }
    if is_table:
        columns = ("id",) if written.format == "ids" else written.columns
        resource["schema"] = {"fields": list(map(_field, columns)), "missingValues": [""]}
    return resource


def _field(name: str) -> dict[str, str]:
    kind = "datetime" if name in TIMES else "number" if name in NUMBERS else "string"
    return {"name": name, "type": kind, "description": MEANING[name]}


def _source(catalog: SegmentCatalog | SegmentReader, segment: SegmentInfo) -> dict[str, Any]:
    """Name a file that was read, with what its manifest proves of it."""
    source: dict[str, Any] = {"title": segment.name, "bytes": segment.size}
    if "://" in segment.path:
        source["path"] = segment.path
    try:
        manifest = catalog.manifest(segment)
    except ManifestError:
        return source
    if manifest is not None:
        whence = ("collection", "source", "sources", "machine")
        names = (*whence, "sha256", "count", "filters", "gaps")
        more = ("doubts", "backfilled", "backfills", "redactions", "clock_ms")
        known = msgspec.to_builtins(manifest)
        source |= {name: known[name] for name in (*names, *more) if known.get(name)}
    return source


def _slug(name: str) -> str:
    """Return a name as the specification wants it: lower case letters, digits, and . _ -."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.") or "posts"
