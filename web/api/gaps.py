"""/streams/…/gaps: when a stream was wanted but not connected."""

from msgspec import Struct, field

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
    """Oldest first."""

    items: list[GapAnswer]


def listing(call: ApiCall) -> GapList:
    """List the gaps of a stream that overlap a period."""
    query: MinutesQuery = call.query
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    until = context().now() if query.until is None else query.until
    since = max(0, until - DAY_MS) if query.since is None else query.since
    found = context().store.gaps.of(stream.id, since)
    return GapList(
        [
            GapAnswer(gap.started_at, gap.ended_at, gap.reason)
            for gap in found
            if gap.started_at <= until
        ]
    )


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
