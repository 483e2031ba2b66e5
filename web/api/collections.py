"""/collections: the sealed files of all captured streams in sum, and X's price of a post."""

from msgspec import Struct
from msgspec.structs import asdict

from streams.price import POST_READ_USD
from streams.store.segments import SegmentSums
from web.api.route import ApiCall, ApiRoute
from web.context import context


class CollectionSummary(Struct):
    """A stream's sealed files in sum; `sealed_at` is the last one's (ms)."""

    stream: str
    collection: str
    segments: int
    posts: int
    bytes: int
    sealed_at: int | None


class CollectionList(Struct):
    """The caller's collections, newest first; `post_read_usd` is X's price of one post."""

    items: list[CollectionSummary]
    post_read_usd: float = POST_READ_USD


def listing(call: ApiCall) -> CollectionList:
    """Sum up the sealed files per stream, archived streams included."""
    mine = context().store.streams.of_account(call.account.id, archived=True)
    sums = context().store.segments.sums(call.account.id)
    return CollectionList(
        [
            CollectionSummary(
                each.id, capture.collection, **asdict(sums.get(each.id, SegmentSums()))
            )
            for each in mine
            if (capture := each.plan.capture) is not None
        ]
    )


routes = (
    ApiRoute(
        "GET",
        "/collections",
        "Sum up the sealed files of captured streams; includes X's price of a post",
        listing,
        CollectionList,
    ),
)
