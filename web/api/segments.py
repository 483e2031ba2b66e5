"""/streams/…/segments: the sealed files of a captured stream."""

import base64
from pathlib import Path
from typing import Any

from flask import Response, request, send_file
from msgspec import Struct

from streams.store.segments import SegmentRecord, SegmentState
from streams.stream import Stream
from web.api.page import Page, PageQuery
from web.api.route import ApiCall, ApiRoute
from web.auth.ownership import get_owned_stream
from web.context import context
from web.errors import ApiError
from web.segment_download import DownloadBusyError, DownloadError, SegmentDownload

BYTES = "application/octet-stream"


class SegmentSummary(Struct):
    """A sealed file; `here` is true when this server can send it.

    `state` is `local` on its machine's disk, `shipping` while it waits for upload to an object
    store, `shipped` when it is at `shipped_to` since `shipped_at`, and `missing` when its machine
    no longer finds it. `first_at` and `last_at` are the receipt of its first and last post, in ISO
    8601; `gaps` counts the gaps in it.
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


class SegmentAnswer(SegmentSummary):
    """A sealed file with its manifest: counts, SHA-256, first and last post, filters, gaps."""

    manifest: dict[str, Any]


def listing(call: ApiCall) -> Page[SegmentSummary]:
    """List the segments of a stream, newest first."""
    limit, offset = call.query.limit, call.query.offset
    found, total = context().store.segments.of(_mine(call).id, limit, offset)
    end = offset + limit
    return Page(
        [SegmentSummary(**_summary(each)) for each in found], total, end if end < total else None
    )


def show(call: ApiCall) -> SegmentAnswer:
    """Show a segment with its manifest."""
    segment = _segment(call)
    return SegmentAnswer(**_summary(segment), manifest=segment.manifest)


def download(call: ApiCall) -> Response:
    """Send the file from this disk or the object store, with its SHA-256 in the headers."""
    segment = _segment(call)
    path, sha256 = _path(segment), segment.manifest["sha256"]
    if _is_here(segment):
        made = send_file(path, mimetype=BYTES, as_attachment=True, etag=sha256)
    elif _is_in_reach(segment):
        made = _from_store(segment, sha256)
    else:
        raise _not_here(segment)
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    made.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return made


def _from_store(segment: SegmentRecord, sha256: str) -> Response:
    made = Response(mimetype=BYTES)
    made.content_length = segment.bytes
    made.set_etag(sha256)
    made.headers.set("Content-Disposition", "attachment", filename=_path(segment).name)
    if request.method == "HEAD":
        return made
    try:
        made.response = SegmentDownload(segment.where.shipped_to or "", segment.bytes, sha256)
    except DownloadBusyError:
        text = "too many downloads from the object store at once: try again in a minute"
        raise ApiError(503, "busy", text) from None
    except DownloadError as error:
        text = f"the object store does not deliver {segment.where.shipped_to}: {error}"
        raise ApiError(502, "store_unreachable", text) from None
    return made


def _not_here(segment: SegmentRecord) -> ApiError:
    where, name = segment.where, _path(segment).name
    if where.state == "missing":
        text = f"the machine {segment.machine}, which sealed this file, no longer finds it"
        return ApiError(409, "missing", text)
    if where.state == "shipped":
        text = f"this file is at {where.shipped_to}, which this server is not set up to read"
    else:
        path = f"captures/{segment.folder}/{name}"
        text = f"this file is on the machine {segment.machine}: {path} in its DATA_DIR"
    return ApiError(409, "elsewhere", text)


def _mine(call: ApiCall) -> Stream:
    return get_owned_stream(call.account.id, call.path["stream_id"])


def _segment(call: ApiCall) -> SegmentRecord:
    text = call.path["segment_id"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    segment = context().store.segments.get(_mine(call).id, number)
    if segment is None:
        raise ApiError(404, "no_such_segment", "this stream has no such segment")
    return segment


def _path(segment: SegmentRecord) -> Path:
    name = segment.where.stored_as or segment.file
    return context().settings.data_dir / "captures" / segment.folder / name


def _is_here(segment: SegmentRecord) -> bool:
    """Return whether the file is on this disk; another machine's may have the same name."""
    try:
        return _path(segment).stat().st_size == segment.bytes
    except OSError:
        return False


def _is_in_reach(segment: SegmentRecord) -> bool:
    store, where = context().settings.object_store, segment.where
    return where.state == "shipped" and store is not None and store.reaches(where.shipped_to)


def _summary(segment: SegmentRecord) -> dict[str, Any]:
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
        "here": _is_here(segment) or _is_in_reach(segment),
        "state": where.state,
        "shipped_to": where.shipped_to,
        "shipped_at": where.shipped_at,
    }


_ALL = "/streams/<stream_id>/segments"
_ONE = _ALL + "/<segment_id>"
routes = (
    ApiRoute(
        "GET",
        _ALL,
        "List the sealed files of a captured stream, newest first",
        listing,
        Page[SegmentSummary],
        query=PageQuery,
    ),
    ApiRoute("GET", _ONE, "Show a sealed file with its manifest", show, SegmentAnswer),
    ApiRoute(
        "GET", _ONE + "/data", "Download a sealed file", download, None, refuses=(409, 502, 503)
    ),
)
