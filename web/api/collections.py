"""Collections over REST: what is kept of captured streams, and what X charges for more."""

from msgspec import Struct
from msgspec.structs import asdict

from streams.price import POST_READ_USD
from streams.store.segments import SegmentSums
from web.api.route import ApiCall, ApiRoute
from web.context import context


class CollectionSummary(Struct):
    """What lies in the sealed files of a stream, all taken together; `sealed_at` of the last."""

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
    """Add up what is kept, archived streams included."""
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
        "Add up the sealed files of the captured streams, and tell X's price of a post",
        listing,
        CollectionList,
    ),
)
