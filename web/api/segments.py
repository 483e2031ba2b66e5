"""Segments over REST: the sealed files of a captured stream."""

from pathlib import Path
from typing import Any

from flask import Response, send_file
from msgspec import Struct

from streams.store.segments import Segment, SegmentState
from streams.stream import Stream
from web.api.page import Page, PageQuery
from web.api.route import Call, Route
from web.errors import Refusal
from web.owned import owned
from web.parts import parts


class SegmentFace(Struct):
    """One sealed file; `here` tells whether this server can give it out.

    `state` is `local` on its machine's disk, `shipping` when it is to go to an object store and has
    not arrived, `shipped` when it is at `shipped_to` since `shipped_at`, and `missing` when its
    machine does not find it any more. `first_at` and `last_at` tell when its first and last post
    were received, in ISO 8601; `gaps` counts the times in it when nobody listened.
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
    state: SegmentState
    shipped_to: str | None
    shipped_at: int | None


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
        path, mimetype="application/octet-stream", as_attachment=True, download_name=path.name
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
    name = segment.where.stored_as or segment.file
    return parts().settings.data_dir / "captures" / segment.collection / name


def _face(segment: Segment) -> dict[str, Any]:
    where, manifest = segment.where, segment.manifest
    return {
        "id": segment.id,
        "collection": segment.collection,
        "machine": segment.machine,
        "file": where.stored_as or segment.file,
        "posts": segment.posts,
        "bytes": segment.bytes,
        "sealed_at": segment.sealed_at,
        "first_at": manifest.get("first_received_at"),
        "last_at": manifest.get("last_received_at"),
        "gaps": len(manifest.get("gaps", ())),
        "here": _path(segment).is_file(),
        "state": where.state,
        "shipped_to": where.shipped_to,
        "shipped_at": where.shipped_at,
    }


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
