"""/replays: upload files, and create streams that replay a recording."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from streams.filter import Filter
from streams.job import CLIENT
from streams.plan import Plan
from streams.replay import REPLAY, Replay
from streams.stream import Stream, Wanted
from web.api.route import ApiCall, ApiRoute
from web.api.stream_bodies import (
    FilterBody,
    Millis,
    Name,
    PlanBody,
    StreamAnswer,
    answer,
    filter_of,
    name_of,
    plan_of,
)
from web.context import context
from web.errors import ApiError, translate_errors
from web.uploads import MAX_FILE, Upload, Uploads

EVERYTHING = Filter(languages=())
"""The filter of a replay for which none is given."""


class NewReplay(Struct, forbid_unknown_fields=True):
    """What to replay: either `collection` or `file`. Times are ms since the epoch.

    `speed` 1 is the original speed, n is n times as fast, 0 as fast as possible.
    """

    collection: Annotated[str, Meta(max_length=200)] | None = None
    file: Annotated[str, Meta(max_length=200)] | None = None
    speed: float = 1.0
    filter: FilterBody | UnsetType = UNSET
    name: Name | None = None
    since: Millis | None = msgspec.field(default=None, name="from")
    until: Millis | None = None
    plan: PlanBody | UnsetType = UNSET


class FileQuery(Struct, forbid_unknown_fields=True):
    """The name of the file; its content decides the format.

    Its id begins with `key`, if given: a client that cancels an upload finds by it what came all
    the same.
    """

    name: Annotated[str, Meta(max_length=200)] = "upload"
    key: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")] | None = None


class FileList(Struct):
    """Newest first."""

    items: list[Upload]


def create(call: ApiCall) -> StreamAnswer:
    """Create a replay, stopped."""
    body: NewReplay = call.body
    wanted = EVERYTHING
    if body.filter is not UNSET:
        wanted = filter_of(body.filter, EVERYTHING, (REPLAY,))
    with translate_errors():
        replay = Replay(body.collection, body.file, body.speed, body.since, body.until).checked()
    machine = _machine_of(call, replay)
    plan = Plan(replay=replay, machine=machine)
    if body.plan is not UNSET:
        plan = plan_of(body.plan, plan)
    called = f"Replay of {replay.collection or (replay.file or '').partition('-')[2]}"
    name = called[:100] if body.name is None else name_of(body.name)
    with translate_errors():
        made = context().control.create(call.account.id, name, wanted, plan)
    return answer(context().stream_views.one(made))


def upload(call: ApiCall) -> Upload:
    """Save a file to replay."""
    most = context().quotas.room_for_upload(call.account.id)
    return _uploads(call).save(call.body, call.query.name, call.query.key, most)


def files(call: ApiCall) -> FileList:
    """List the caller's uploaded files."""
    return FileList(_uploads(call).all())


def remove(call: ApiCall) -> None:
    """Delete an uploaded file."""
    file_id = call.path["file_id"]
    if _uploads(call).get(file_id) is None:
        raise ApiError(404, "no_such_file", "you have no such file")
    mine = context().store.streams.of_account(call.account.id)
    plays = [each for each in mine if each.wanted is Wanted.RUNNING and _file_of(each) == file_id]
    for stream in context().store.replays.unfinished(plays):
        raise ApiError(
            409, "in_use", f"the stream {stream.name!r} replays this file: stop it first"
        )
    _uploads(call).remove(file_id)


def _file_of(stream: Stream) -> str | None:
    return stream.plan.replay.file if stream.plan.replay else None


def _machine_of(call: ApiCall, replay: Replay) -> str | None:
    """Return the machine that has the recording, or refuse a recording that is not the caller's."""
    if replay.file is not None:
        if _uploads(call).get(replay.file) is None:
            raise ApiError(422, "unknown_file", "you have uploaded no such file", "file")
        return None
    mine = context().store.streams.of_account(call.account.id, archived=True)
    captured = [each for each in mine if _keeps(each, replay.collection)]
    if not captured:
        text = "you have no collection of that name"
        raise ApiError(422, "unknown_collection", text, "collection")
    sealed = [each for each in captured if context().store.segments.of(each.id, 1, 0)[1]]
    if not sealed:
        text = "no file of it is sealed yet: stop its stream, or wait for the interval to end"
        raise ApiError(409, "nothing_sealed", text, "collection")
    return sealed[0].machine


def _keeps(stream: Stream, collection: str | None) -> bool:
    """Return whether a stream captures to a collection here; jobs of clients do so elsewhere."""
    capture = stream.plan.capture
    return stream.source != CLIENT and capture is not None and capture.collection == collection


def _uploads(call: ApiCall) -> Uploads:
    return Uploads(context().settings.data_dir, call.account.id)


_FILES = "/replays/files"
routes = (
    ApiRoute(
        "POST",
        "/replays",
        "Create a stream that replays a recording, stopped",
        create,
        StreamAnswer,
        status=201,
        body=NewReplay,
        refuses=(409, 503),
    ),
    ApiRoute(
        "POST",
        _FILES,
        "Upload a file to replay, as the body",
        upload,
        Upload,
        status=201,
        query=FileQuery,
        refuses=(409,),
        upload=MAX_FILE,
    ),
    ApiRoute("GET", _FILES, "List uploaded files, newest first", files, FileList),
    ApiRoute(
        "DELETE",
        _FILES + "/<file_id>",
        "Delete an uploaded file",
        remove,
        None,
        status=204,
        refuses=(409,),
    ),
)
