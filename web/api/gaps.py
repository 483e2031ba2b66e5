"""/streams/…/gaps: when a stream was not connected, or connected and almost nothing arrived."""

from msgspec import Struct, field

from streams.store.doubts import Doubt
from streams.store.gaps import Gap
from web.api.route import ApiCall, ApiRoute
from web.api.streams import MinutesQuery
from web.auth.ownership import get_owned_stream
from web.context import context

DAY_MS = 86_400_000


class GapAnswer(Struct):
    """From and to in ms since the epoch; `to` is null while the gap lasts."""

    from_: int = field(name="from")
    to: int | None
    reason: str


class GapList(Struct):
    """Oldest first. In its `doubts` a stream was connected and almost nothing arrived.

    They are no gaps: whether the platform withheld posts cannot be proved.
    """

    items: list[GapAnswer]
    doubts: list[GapAnswer]


def listing(call: ApiCall) -> GapList:
    """List the gaps of a stream that overlap a period."""
    query: MinutesQuery = call.query
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    until = context().now() if query.until is None else query.until
    since = max(0, until - DAY_MS) if query.since is None else query.since
    store = context().store
    return GapList(
        [_answer(each) for each in store.gaps.of(stream.id, since) if each.started_at <= until],
        [_answer(each) for each in store.doubts.of(stream.id, since) if each.started_at <= until],
    )


def _answer(found: Gap | Doubt) -> GapAnswer:
    return GapAnswer(found.started_at, found.ended_at, found.reason)


routes = (
    ApiRoute(
        "GET",
        "/streams/<stream_id>/gaps",
        "List the times when a running stream was not connected",
        listing,
        GapList,
        query=MinutesQuery,
    ),
)
