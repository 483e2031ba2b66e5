"""/streams/…/exports: files of a collection's posts, made by a worker and kept for some days."""

import re
import shutil
from contextlib import suppress
from secrets import token_hex
from typing import Annotated

from flask import Response, send_file
from msgspec import Meta, Struct

from streams import label_sets
from streams.exports import (
    COLUMNS,
    GRAPH_FORMATS,
    ExportFormat,
    ExportOrder,
    ExportSelection,
    ExportState,
    Speed,
)
from streams.label_sets import LabelSet
from streams.names import QUEUE_JOBS, TASK_EXPORT
from web.api.label_sets import kept_of
from web.api.route import ApiCall, ApiRoute
from web.api.stream_bodies import Millis
from web.auth.ownership import get_owned_stream
from web.context import context
from web.errors import ApiError
from web.task_queue import TaskQueueDown

MOST_FILES = 20
"""Exports of one account, those that wait included."""
DAY_MS = 86_400_000
MOST_SAMPLE = 1_000_000
"""Posts of a sample, which is drawn in memory."""
Code = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,40}$")]
_ID = re.compile(r"[0-9a-f]{32}")


class NewExport(Struct, forbid_unknown_fields=True):
    """What to write. Times are ms since the epoch; without `columns`, all are written.

    `for_excel` goes with `csv`: ids survive, and no cell runs as a formula. `sample` draws so many
    posts at random, the same ones for the same `seed`. `unique` writes each id once.

    The sentiment model of `speed` labels the posts when the file is made, unless `label_set` names
    a set of labels that is kept. `keep_labels` keeps those of this file as a new set: it goes with
    `csv`, all posts and all columns of a set, which are the default then.
    """

    format: ExportFormat
    for_excel: bool = False
    columns: Annotated[list[str], Meta(min_length=1, max_length=len(COLUMNS))] | None = None
    since: Millis | None = None
    until: Millis | None = None
    languages: Annotated[list[Code], Meta(max_length=100)] = []
    labels: Annotated[list[Code], Meta(max_length=100)] = []
    sample: Annotated[int, Meta(ge=1, le=MOST_SAMPLE)] | None = None
    seed: Annotated[int, Meta(ge=0, lt=1 << 53)] = 0
    unique: bool = False
    speed: Speed = "fast"
    label_set: Annotated[str, Meta(max_length=100)] | None = None
    keep_labels: bool = False


class ExportAnswer(Struct):
    """An export. `posts_read` of `posts_total` are read; `posts` and `bytes` are the file's.

    It is `queued`, `running`, `done` or `failed`, and deleted at `expires_at`. `fault` says in
    words why it failed, or why Weir makes it again.
    """

    id: str
    file: str
    format: ExportFormat
    for_excel: bool
    state: ExportState
    created_at: int
    expires_at: int
    posts_read: int
    posts_total: int
    posts: int
    bytes: int
    sha256: str | None
    fault: str | None


class ExportList(Struct):
    """The exports of a collection, newest first."""

    items: list[ExportAnswer]


def create(call: ApiCall) -> ExportAnswer:
    """Order a file; a worker makes it."""
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    selection = _selection(call.body)
    if stream.plan.capture is None:
        raise ApiError(409, "not_captured", "this stream keeps no posts")
    _check_sets(selection, kept_of(call))
    count, size = context().store.exports.taken(call.account.id)
    if count >= MOST_FILES:
        text = f"an account has at most {MOST_FILES} exports: delete one first"
        raise ApiError(409, "too_many_files", text)
    now, left = context().now(), context().quotas.room_for_upload(call.account.id)
    order = ExportOrder(
        id=token_hex(16),
        account_id=call.account.id,
        stream_id=stream.id,
        collection=stream.plan.capture.collection,
        selection=selection,
        state="queued",
        created_at=now,
        expires_at=now + context().settings.export_days * DAY_MS,
        room=None if left is None else left + size,
    )
    context().store.exports.add(order)
    with suppress(TaskQueueDown):  # then reconcile sends it once the broker is back
        context().tasks.send(TASK_EXPORT, order.id, QUEUE_JOBS)
    return _answer(order)


def listing(call: ApiCall) -> ExportList:
    """List the exports of a collection, newest first."""
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    found, now = context().store.exports.of(stream.id), context().now()
    return ExportList([_answer(each) for each in found if each.expires_at > now])


def show(call: ApiCall) -> ExportAnswer:
    """Show how far an export is."""
    return _answer(_mine(call))


def remove(call: ApiCall) -> None:
    """Delete an export; one that is being made is cancelled."""
    order = _mine(call)
    context().store.exports.remove(order.id)
    shutil.rmtree(order.folder(context().settings.data_dir), ignore_errors=True)


def download(call: ApiCall) -> Response:
    """Send the file, or a range of it."""
    order = _mine(call)
    return _sent(order, order.file, order.sha256)


def description(call: ApiCall) -> Response:
    """Send the description of the file, a Frictionless Data Package."""
    order = _mine(call)
    return _sent(order, order.file + ".datapackage.json", None)


def _sent(order: ExportOrder, name: str, sha256: str | None) -> Response:
    path = order.folder(context().settings.data_dir) / name
    if order.state != "done":
        raise ApiError(409, "not_done", "the file is not finished")
    if not path.is_file():
        raise ApiError(409, "missing", "the file is not on this machine: order it again")
    return send_file(
        path,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
        etag=sha256 or True,
    )


def _check_sets(selection: ExportSelection, kept: list[LabelSet]) -> None:
    if selection.keep_labels and len(kept) >= label_sets.MOST_SETS:
        text = f"a collection keeps at most {label_sets.MOST_SETS} sets of labels: delete one first"
        raise ApiError(409, "too_many_sets", text)
    if selection.label_set not in (None, *(each.name for each in kept)):
        raise ApiError(422, "no_such_set", "no such set of labels is kept", "label_set")


def _mine(call: ApiCall) -> ExportOrder:
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    order_id = call.path["export_id"]
    order = context().store.exports.get(order_id) if _ID.fullmatch(order_id) else None
    is_mine = order is not None and (order.account_id, order.stream_id) == (
        call.account.id,
        stream.id,
    )
    if order is None or not is_mine or order.expires_at <= context().now():
        raise ApiError(404, "no_such_export", "this collection has no such export")
    return order


def _selection(body: NewExport) -> ExportSelection:
    usual = label_sets.COLUMNS if body.keep_labels else COLUMNS
    columns = usual if body.columns is None else tuple(body.columns)
    for name in columns:
        if name not in COLUMNS:
            raise ApiError(422, "unknown_column", f"no column is called {name[:40]!r}", "columns")
    if len(set(columns)) < len(columns):
        raise ApiError(422, "twice", "name each column once", "columns")
    if body.columns is not None and body.format in (*GRAPH_FORMATS, "ids"):
        raise ApiError(422, "no_columns", f"{body.format} has no columns to choose", "columns")
    if body.for_excel and body.format != "csv":
        raise ApiError(422, "only_csv", "for_excel goes with the format csv", "for_excel")
    if (body.since or 0) >= (body.until or 1 << 62):
        raise ApiError(422, "bad_range", "the end lies after the beginning", "until")
    if body.keep_labels and not _is_whole(body, columns):
        text = "a set of labels is a csv of all posts, with all columns of a set"
        raise ApiError(422, "not_whole", text, "keep_labels")
    return ExportSelection(
        format=body.format,
        for_excel=body.for_excel,
        columns=columns,
        since=body.since,
        until=body.until,
        languages=tuple(body.languages),
        labels=tuple(body.labels),
        sample=body.sample,
        speed=body.speed,
        label_set=body.label_set,
        keep_labels=body.keep_labels,
        seed=body.seed,
        unique=body.unique,
    )


def _is_whole(body: NewExport, columns: tuple[str, ...]) -> bool:
    """Return whether an export holds what a set of labels needs: the labels of all posts."""
    narrows = body.since, body.until, body.languages, body.labels, body.sample, body.label_set
    is_table = body.format == "csv" and not body.for_excel and columns == label_sets.COLUMNS
    return is_table and not any(narrows)


def _answer(order: ExportOrder) -> ExportAnswer:
    return ExportAnswer(
        order.id,
        order.file,
        order.selection.format,
        order.selection.for_excel,
        order.state,
        order.created_at,
        order.expires_at,
        order.posts_read,
        order.posts_total,
        order.posts,
        order.bytes,
        order.sha256,
        order.fault,
    )


_ALL = "/streams/<stream_id>/exports"
_ONE = _ALL + "/<export_id>"
routes = (
    ApiRoute("GET", _ALL, "List a collection's exports, newest first", listing, ExportList),
    ApiRoute(
        "POST",
        _ALL,
        "Order a file of a collection's posts, which a worker makes",
        create,
        ExportAnswer,
        status=202,
        body=NewExport,
        refuses=(409,),
    ),
    ApiRoute("GET", _ONE, "Show how far an export is", show, ExportAnswer),
    ApiRoute("DELETE", _ONE, "Delete or cancel an export", remove, None, status=204),
    ApiRoute(
        "GET",
        _ONE + "/data",
        "Download an export, or a range of it",
        download,
        None,
        refuses=(409,),
    ),
    ApiRoute(
        "GET",
        _ONE + "/description",
        "Download the Data Package that describes an export",
        description,
        None,
        refuses=(409,),
    ),
)
