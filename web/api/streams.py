"""Streams over REST: make, list, show, edit, start, stop, delete."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct

from streams.filter import Filter
from streams.plan import Plan
from streams.replay import REPLAY
from streams.stream import Stream
from web.api.page import Limit, Offset, Page, PageQuery, cut
from web.api.plan_bodies import plan_of
from web.api.route import Call, Route
from web.api.stream_bodies import (
    ChangedStream,
    EditAnswer,
    NewStream,
    StreamAnswer,
    answer,
    edit_answer,
    filter_of,
    name_of,
    named_after,
)
from web.errors import Refusal, refusals
from web.limits import STARTS
from web.owned import owned
from web.parts import parts

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
MAX_MINUTES = 10_080
"""Minutes in one answer: a week."""


class StreamsQuery(Struct, forbid_unknown_fields=True):
    """Which streams: deleted ones only when asked for."""

    limit: Limit = 50
    offset: Offset = 0
    archived: bool = False


class MinutesQuery(Struct, forbid_unknown_fields=True):
    """From when to when, in ms since the epoch; the last day when nothing is said."""

    since: Annotated[int, Meta(ge=0, le=2**52)] | None = None
    until: Annotated[int, Meta(ge=0, le=2**52)] | None = None


class Minute(Struct):
    """Posts by label in the minute (or day) that begins at `at` (ms since the epoch)."""

    at: int
    negative: int
    neutral: int
    positive: int
    unknown: int


class Minutes(Struct):
    """Oldest first; minutes without posts are left out."""

    items: list[Minute]


class Days(Struct):
    """Oldest first; `at` is when the day begins, UTC; days without posts are left out."""

    items: list[Minute]


def create(call: Call) -> StreamAnswer:
    """Make a stopped stream."""
    asked: NewStream = call.body
    wanted = filter_of(asked.filter, Filter())
    name = named_after(wanted) if asked.name is None else name_of(asked.name)
    plan = Plan() if asked.plan is UNSET else plan_of(asked.plan, Plan())
    with refusals():
        made = parts().control.create(call.account.id, name, wanted, plan)
    return answer(parts().overview.one(made))


def listing(call: Call) -> Page[StreamAnswer]:
    """List the caller's streams, newest first."""
    query: StreamsQuery = call.query
    mine = parts().store.streams.of_account(call.account.id, archived=query.archived)
    page = cut(mine, query.limit, query.offset)
    return Page([answer(seen) for seen in parts().overview.of(page.items)], page.total, page.next)


def show(call: Call) -> StreamAnswer:
    """Show one."""
    return answer(parts().overview.one(_mine(call)))


def edit(call: Call) -> StreamAnswer:
    """Change name or filter, also while it runs."""
    asked: ChangedStream = call.body
    stream = _mine(call)
    name = None if asked.name is UNSET else name_of(asked.name)
    wanted = None
    if asked.filter is not UNSET:
        is_replay = stream.source == REPLAY
        wanted = filter_of(asked.filter, stream.filter, may_be_empty=is_replay)
    plan = None if asked.plan is UNSET else plan_of(asked.plan, stream.plan)
    with refusals():
        edited = parts().control.edit(stream, name, wanted, plan)
    return answer(parts().overview.one(edited))


def start(call: Call) -> StreamAnswer:
    """Start one."""
    stream = _mine(call)
    with refusals():
        started = parts().control.start(stream)
    return answer(parts().overview.one(started))


def stop(call: Call) -> StreamAnswer:
    """Stop one."""
    stream = _mine(call)
    with refusals():
        stopped = parts().control.stop(stream)
    return answer(parts().overview.one(stopped))


def delete(call: Call) -> None:
    """Archive one."""
    stream = _mine(call)
    with refusals():
        parts().control.archive(stream)


def edits(call: Call) -> Page[EditAnswer]:
    """List what was changed, oldest first."""
    page = cut(parts().store.streams.edits(_mine(call).id), call.query.limit, call.query.offset)
    return Page([edit_answer(each) for each in page.items], page.total, page.next)


def minutes(call: Call) -> Minutes:
    """Count posts by minute."""
    query: MinutesQuery = call.query
    stream = _mine(call)
    until = parts().now() if query.until is None else query.until
    since = max(0, until - DAY_MS) if query.since is None else query.since
    first, last = since // MINUTE_MS, until // MINUTE_MS
    if since > until or last >= first + MAX_MINUTES:
        raise Refusal(422, "bad_range", "ask for a week at most, since before until", "since")
    found = parts().store.minutes.between(stream.id, first, last)
    return Minutes([Minute(minute * MINUTE_MS, **counts) for minute, counts in found])


def days(call: Call) -> Days:
    """Count posts by day."""
    found = parts().store.minutes.days(_mine(call).id)
    return Days([Minute(day * DAY_MS, **counts) for day, counts in found])


def _mine(call: Call) -> Stream:
    return owned(call.account.id, call.path["stream_id"])


_ONE = "/streams/<stream_id>"
routes = (
    Route(
        "POST",
        "/streams",
        "Make a stream, stopped",
        create,
        StreamAnswer,
        status=201,
        body=NewStream,
        refuses=(409, 503),
    ),
    Route(
        "GET",
        "/streams",
        "List streams, newest first",
        listing,
        Page[StreamAnswer],
        query=StreamsQuery,
    ),
    Route("GET", _ONE, "Show a stream with its status and totals", show, StreamAnswer),
    Route(
        "PATCH",
        _ONE,
        "Change a stream, also while it runs",
        edit,
        StreamAnswer,
        body=ChangedStream,
        refuses=(409, 503),
    ),
    Route(
        "DELETE",
        _ONE,
        "Delete a stream: it stops for good",
        delete,
        None,
        status=204,
        refuses=(503,),
    ),
    Route(
        "POST",
        _ONE + "/start",
        "Start a stream; safe to repeat",
        start,
        StreamAnswer,
        status=202,
        refuses=(409, 503),
        limit=STARTS,
    ),
    Route(
        "POST",
        _ONE + "/stop",
        "Stop a stream; safe to repeat",
        stop,
        StreamAnswer,
        status=202,
        refuses=(409, 503),
    ),
    Route(
        "GET",
        _ONE + "/edits",
        "List the changes of a stream, oldest first",
        edits,
        Page[EditAnswer],
        query=PageQuery,
    ),
    Route(
        "GET",
        _ONE + "/minutes",
        "Count a stream's posts by minute and label",
        minutes,
        Minutes,
        query=MinutesQuery,
    ),
    Route("GET", _ONE + "/days", "Count a stream's posts by day and label", days, Days),
)
