"""Segments over REST: the sealed files of a captured stream."""

from pathlib import Path
from typing import Any

import msgspec
from flask import Response, send_file
from msgspec import Struct

from streams.store.segments import Segment
from streams.stream import Stream
from web.api.page import Page, PageQuery
from web.api.route import Call, Route
from web.errors import Refusal
from web.owned import owned
from web.parts import parts


class SegmentFace(Struct):
    """One sealed file; `here` tells whether it lies on this machine, to be downloaded.

    `first_at` and `last_at` tell when its first and last post were received, in ISO 8601; `gaps`
    counts the times in it when nobody listened; `url` is where it went, where that is known here.
    """

    id: int
    collection: str
    machine: str
    file: str
    posts: int
    bytes: int
    sealed_at: int
    first_at: str | None
    last_at: str | None
    gaps: int
    here: bool
    url: str | None


class SegmentAnswer(SegmentFace):
    """The same with its manifest: counts, SHA-256, first and last post, filters, gaps."""

    manifest: dict[str, Any]


def listing(call: Call) -> Page[SegmentFace]:
    """List the segments of a stream, newest first."""
    limit, offset = call.query.limit, call.query.offset
    found, total = parts().store.segments.of(_mine(call).id, limit, offset)
    end = offset + limit
    return Page([SegmentFace(**_face(each)) for each in found], total, end if end < total else None)


def show(call: Call) -> SegmentAnswer:
    """Show one with its manifest."""
    segment = _segment(call)
    return SegmentAnswer(**_face(segment), manifest=segment.manifest)


def download(call: Call) -> Response:
    """Send the file."""
    segment = _segment(call)
    path = _path(segment)
    if not path.is_file():
        raise Refusal(
            409, "elsewhere", f"this file is not here: it was sealed on {segment.machine}"
        )
    return send_file(
        path, mimetype="application/octet-stream", as_attachment=True, download_name=segment.file
    )


def _mine(call: Call) -> Stream:
    return owned(call.account.id, call.path["stream_id"])


def _segment(call: Call) -> Segment:
    text = call.path["segment_id"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    segment = parts().store.segments.get(_mine(call).id, number)
    if segment is None:
        raise Refusal(404, "no_such_segment", "this stream has no such segment")
    return segment


def _path(segment: Segment) -> Path:
    return parts().settings.data_dir / "captures" / segment.collection / segment.file


def _face(segment: Segment) -> dict[str, Any]:
    path, manifest = _path(segment), segment.manifest
    here = path.is_file()
    return {name: getattr(segment, name) for name in _KNOWN} | {
        "first_at": manifest.get("first_received_at"),
        "last_at": manifest.get("last_received_at"),
        "gaps": len(manifest.get("gaps", ())),
        "here": here,
        "url": None if here else _shipped_to(path),
    }


def _shipped_to(path: Path) -> str | None:
    """Read where a segment went, from what the shipper left in its place."""
    try:
        record = msgspec.json.decode(path.with_name(path.name + ".shipped").read_bytes())
        return str(record["url"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return None


_KNOWN = ("id", "collection", "machine", "file", "posts", "bytes", "sealed_at")
_ALL = "/streams/<stream_id>/segments"
_ONE = _ALL + "/<segment_id>"
routes = (
    Route(
        "GET",
        _ALL,
        "List the sealed files of a captured stream, newest first",
        listing,
        Page[SegmentFace],
        query=PageQuery,
    ),
    Route("GET", _ONE, "Show a sealed file with its manifest", show, SegmentAnswer),
    Route("GET", _ONE + "/data", "Download a sealed file", download, None, refuses=(409,)),
)
