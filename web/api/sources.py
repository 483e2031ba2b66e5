"""/sources: the platforms that streams can follow, and what each can do."""

from msgspec import Struct

from streams.sources import SOURCES, can_backfill
from web.api.route import ApiCall, ApiRoute


class SourceAnswer(Struct):
    """`has_places` tells whether posts say where they are from, `can_try` whether a filter can be
    tried first, `can_backfill` whether gaps can be filled by search (`plan.backfill`). `post_usd`
    is the platform's price of a post."""

    name: str
    title: str
    has_places: bool
    can_try: bool
    post_usd: float
    can_backfill: bool


class SourceList(Struct):
    """The live sources, the default one first."""

    items: list[SourceAnswer]


def listing(_call: ApiCall) -> SourceList:
    """List the live sources."""
    return SourceList(
        [
            SourceAnswer(
                each.name,
                each.title,
                each.has_places,
                each.searchable,
                each.post_read_usd,
                can_backfill(each.name),
            )
            for each in SOURCES.values()
            if each.live
        ]
    )


routes = (
    ApiRoute("GET", "/sources", "List the platforms that streams can follow", listing, SourceList),
)
