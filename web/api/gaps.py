"""Gaps over REST: when a stream was wanted but nobody listened."""

from msgspec import Struct, field

from web.api.route import Call, Route
from web.api.streams import MinutesQuery
from web.owned import owned
from web.parts import parts

DAY_MS = 86_400_000


class GapAnswer(Struct):
    """From and to in ms since the epoch; `to` is null while the gap lasts."""

    from_: int = field(name="from")
    to: int | None
    reason: str


class Gaps(Struct):
    """Oldest first."""

    items: list[GapAnswer]


def listing(call: Call) -> Gaps:
    """List the gaps of a stream that touch a stretch of time."""
    query: MinutesQuery = call.query
    stream = owned(call.account.id, call.path["stream_id"])
    until = parts().now() if query.until is None else query.until
    since = max(0, until - DAY_MS) if query.since is None else query.since
    found = parts().store.gaps.of(stream.id, since)
    return Gaps(
        [
            GapAnswer(gap.started_at, gap.ended_at, gap.reason)
            for gap in found
            if gap.started_at <= until
        ]
    )


routes = (
    Route(
        "GET",
        "/streams/<stream_id>/gaps",
        "List when a wanted stream was not listened to",
        listing,
        Gaps,
        query=MinutesQuery,
    ),
)
