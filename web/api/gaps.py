"""/streams/…/gaps: when a stream was not connected or hardly anything came, and filling gaps."""

from msgspec import Struct, field

from streams.price import SEARCH_REACH_MS, estimate_backfill
from streams.sources import SOURCES, can_backfill
from streams.store.doubts import Doubt
from streams.store.gaps import FillState, Gap
from web.api.route import ApiCall, ApiRoute
from web.api.streams import MinutesQuery
from web.auth.ownership import get_owned_stream
from web.context import context

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


class GapAnswer(Struct):
    """From and to in ms since the epoch; `to` is null while the gap lasts.

    `state` says what became of filling it: `open` while nobody has tried, `filling`, `filled` when
    every search came to its end, `partly`, `unfillable`. `posts` were captured afterwards, and
    `missing` holds codes of what could not be, such as `reposts`, which search does not bring.
    `source` is the one that was not listened to; null where the stream follows it alone.
    """

    from_: int = field(name="from")
    to: int | None
    reason: str
    state: FillState
    missing: tuple[str, ...]
    posts: int
    source: str | None


class DoubtAnswer(Struct):
    """From and to in ms since the epoch; `to` is null while it lasts."""

    from_: int = field(name="from")
    to: int | None
    reason: str


class GapList(Struct):
    """Oldest first. In its `doubts` a stream was connected and almost nothing arrived.

    They are no gaps: whether the platform withheld posts cannot be proved.
    """

    items: list[GapAnswer]
    doubts: list[DoubtAnswer]


class BackfillAnswer(Struct):
    """Whether gaps can be filled by a search that is paid for, whether the plan asks for it, and
    what an hour of gap costs at most at the present rate of the stream (posts a second).

    `waiting` is the same for the gaps of the last seven days that nobody has filled, in all.
    """

    can: bool
    on: bool
    rate: float
    posts_per_hour: int
    usd_per_hour: float
    waiting_ms: int
    waiting_posts: int
    waiting_usd: float


def listing(call: ApiCall) -> GapList:
    """List the gaps of a stream that overlap a period."""
    query: MinutesQuery = call.query
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    until = context().now() if query.until is None else query.until
    since = max(0, until - DAY_MS) if query.since is None else query.since
    store = context().store
    return GapList(
        [_gap(each) for each in store.gaps.of(stream.id, since) if each.started_at <= until],
        [_doubt(each) for each in store.doubts.of(stream.id, since) if each.started_at <= until],
    )


def _gap(gap: Gap) -> GapAnswer:
    return GapAnswer(
        gap.started_at, gap.ended_at, gap.reason, gap.state, gap.missing, gap.posts, gap.source
    )


def _doubt(doubt: Doubt) -> DoubtAnswer:
    return DoubtAnswer(doubt.started_at, doubt.ended_at, doubt.reason)


def estimate(call: ApiCall) -> BackfillAnswer:
    """Estimate what filling the gaps of a stream costs, from the rate at present."""
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    rate = context().stream_views.one(stream).status.rate
    price = SOURCES[stream.source].post_read_usd if stream.source in SOURCES else 0.0
    now = context().now()
    unfilled = context().store.gaps.unfilled([stream.id], now)
    oldest = now - SEARCH_REACH_MS
    waiting_ms = sum(max(0, each.ended_at - max(each.started_at, oldest)) for each in unfilled)
    hour, waiting = (estimate_backfill(rate, price, ms) for ms in (HOUR_MS, waiting_ms))
    return BackfillAnswer(
        can=can_backfill(stream.source),
        on=stream.plan.backfill,
        rate=rate,
        posts_per_hour=hour.posts,
        usd_per_hour=hour.usd,
        waiting_ms=waiting_ms,
        waiting_posts=waiting.posts,
        waiting_usd=waiting.usd,
    )


routes = (
    ApiRoute(
        "GET",
        "/streams/<stream_id>/backfill",
        "Estimate what filling an hour of gap costs",
        estimate,
        BackfillAnswer,
    ),
    ApiRoute(
        "GET",
        "/streams/<stream_id>/gaps",
        "List the times when a running stream was not connected",
        listing,
        GapList,
        query=MinutesQuery,
    ),
)
