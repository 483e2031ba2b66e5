"""/streams: create, list, show, edit, start, stop and delete streams; their minutes and days."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct

from streams.filter import Filter
from streams.plan import Plan
from streams.stream import Stream
from web.api.instances import check_instance_of
from web.api.page import Limit, Offset, Page, PageQuery, cut
from web.api.route import ApiCall, ApiRoute
from web.api.stream_bodies import (
    ChangedStream,
    EditAnswer,
    NewStream,
    StreamAnswer,
    answer,
    check_backfill,
    edit_answer,
    filter_of,
    name_of,
    named_after,
    plan_of,
    sources_of,
)
from web.auth.ownership import get_owned_stream
from web.context import context
from web.errors import ApiError, translate_errors
from web.limits import ANSWER_SECONDS, STARTS

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
MAX_MINUTES = 10_080
"""Minutes in one answer: a week."""


class StreamsQuery(Struct, forbid_unknown_fields=True):
    """Which part of the list; `archived` includes deleted streams."""

    limit: Limit = 50
    offset: Offset = 0
    archived: bool = False


class MinutesQuery(Struct, forbid_unknown_fields=True):
    """A period in ms since the epoch; by default the last 24 hours."""

    since: Annotated[int, Meta(ge=0, le=2**52)] | None = None
    until: Annotated[int, Meta(ge=0, le=2**52)] | None = None


class MinuteCounts(Struct):
    """Posts by label in the minute (or day) that begins at `at` (ms since the epoch).

    `left_out` counts those of `not_labelled` that no viewer was shown, `accurate` those that the
    accurate model labelled.
    """

    at: int
    negative: int
    neutral: int
    positive: int
    unknown: int
    not_labelled: int
    left_out: int
    accurate: int


class MinuteList(Struct):
    """Oldest first; minutes without posts are left out."""

    items: list[MinuteCounts]


class DayList(Struct):
    """Oldest first; `at` is when the day begins, UTC; days without posts are left out."""

    items: list[MinuteCounts]


def create(call: ApiCall) -> StreamAnswer:
    """Create a stream, stopped."""
    body: NewStream = call.body
    sources = sources_of(body)
    wanted = filter_of(body.filter, Filter(), sources)
    name = named_after(wanted) if body.name is None else name_of(body.name)
    plan = Plan() if body.plan is UNSET else plan_of(body.plan, Plan())
    check_backfill(plan, sources)
    check_instance_of(call.account.id, plan)
    with translate_errors():
        made = context().control.create(call.account.id, name, wanted, plan, sources)
    return answer(context().stream_views.one(made))


def listing(call: ApiCall) -> Page[StreamAnswer]:
    """List the caller's streams, newest first."""
    query: StreamsQuery = call.query
    mine = context().store.streams.of_account(call.account.id, archived=query.archived)
    page = cut(mine, query.limit, query.offset)
    return Page(
        [answer(view) for view in context().stream_views.of(page.items)], page.total, page.next
    )


def show(call: ApiCall) -> StreamAnswer:
    """Show a stream."""
    return answer(context().stream_views.one(_mine(call)))


def edit(call: ApiCall) -> StreamAnswer:
    """Change a stream, also while it runs."""
    body: ChangedStream = call.body
    stream = _mine(call)
    name = None if body.name is UNSET else name_of(body.name)
    wanted = None
    if body.filter is not UNSET:
        wanted = filter_of(body.filter, stream.filter, stream.sources)
    plan = None if body.plan is UNSET else plan_of(body.plan, stream.plan)
    if plan is not None:
        check_backfill(plan, stream.sources)
        check_instance_of(call.account.id, plan)
    with translate_errors():
        edited = context().control.edit(stream, name, wanted, plan)
    return answer(context().stream_views.one(edited))


def start(call: ApiCall) -> StreamAnswer:
    """Start a stream."""
    with translate_errors():
        started = context().control.start(_mine(call))
    return answer(context().stream_views.one(started))


def stop(call: ApiCall) -> StreamAnswer:
    """Stop a stream."""
    with translate_errors():
        stopped = context().control.stop(_mine(call))
    return answer(context().stream_views.one(stopped))


def delete(call: ApiCall) -> None:
    """Archive a stream."""
    stream = _mine(call)
    with translate_errors():
        context().control.archive(stream)


def edits(call: ApiCall) -> Page[EditAnswer]:
    """List the changes of a stream, oldest first."""
    page = cut(context().store.streams.edits(_mine(call).id), call.query.limit, call.query.offset)
    return Page([edit_answer(each) for each in page.items], page.total, page.next)


def minutes(call: ApiCall) -> MinuteList:
    """Count posts by minute."""
    query: MinutesQuery = call.query
    stream = _mine(call)
    until = context().now() if query.until is None else query.until
    since = max(0, until - DAY_MS) if query.since is None else query.since
    first, last = since // MINUTE_MS, until // MINUTE_MS
    if since > until or last >= first + MAX_MINUTES:
        raise ApiError(
            422, "bad_range", "`since` must be before `until`, at most a week apart", "since"
        )
    found = context().store.minutes.between(stream.id, first, last)
    return MinuteList([MinuteCounts(minute * MINUTE_MS, **counts) for minute, counts in found])


def days(call: ApiCall) -> DayList:
    """Count posts by day."""
    found = context().store.minutes.days(_mine(call).id)
    return DayList([MinuteCounts(day * DAY_MS, **counts) for day, counts in found])


def _mine(call: ApiCall) -> Stream:
    return get_owned_stream(call.account.id, call.path["stream_id"])


_ONE = "/streams/<stream_id>"
routes = (
    ApiRoute(
        "POST",
        "/streams",
        "Create a stream, stopped",
        create,
        StreamAnswer,
        status=201,
        body=NewStream,
        refuses=(409, 503),
    ),
    ApiRoute(
        "GET",
        "/streams",
        "List streams, newest first",
        listing,
        Page[StreamAnswer],
        query=StreamsQuery,
    ),
    ApiRoute("GET", _ONE, "Show a stream with its status and totals", show, StreamAnswer),
    ApiRoute(
        "PATCH",
        _ONE,
        "Change a stream, also while it runs",
        edit,
        StreamAnswer,
        body=ChangedStream,
        refuses=(409, 503),
    ),
    ApiRoute(
        "DELETE",
        _ONE,
        "Delete a stream: it stops for good",
        delete,
        None,
        status=204,
        refuses=(503,),
    ),
    ApiRoute(
        "POST",
        _ONE + "/start",
        "Start a stream; safe to repeat",
        start,
        StreamAnswer,
        status=202,
        refuses=(409, 503),
        limit=STARTS,
        answer_seconds=ANSWER_SECONDS,
    ),
    ApiRoute(
        "POST",
        _ONE + "/stop",
        "Stop a stream; safe to repeat",
        stop,
        StreamAnswer,
        status=202,
        refuses=(409, 503),
        answer_seconds=ANSWER_SECONDS,
    ),
    ApiRoute(
        "GET",
        _ONE + "/edits",
        "List the changes of a stream, oldest first",
        edits,
        Page[EditAnswer],
        query=PageQuery,
    ),
    ApiRoute(
        "GET",
        _ONE + "/minutes",
        "Count a stream's posts by minute and label",
        minutes,
        MinuteList,
        query=MinutesQuery,
    ),
    ApiRoute("GET", _ONE + "/days", "Count a stream's posts by day and label", days, DayList),
)
