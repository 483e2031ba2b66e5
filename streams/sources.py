"""The registry of sources: one row for each platform, with all that differs between them.

To add a source: a package in `workers/sources`, a row here, and a double in `simulator`.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from streams.price import POST_READ_USD

Matching = Literal["rules", "local"]
Backfill = Literal["none", "search", "timeline", "cursor"]
"""`search`: Weir searches for the posts of gaps where a plan asks for it. `timeline`: Weir fetches
what it still holds after each break. `cursor`: Weir reads on from there."""


class SourceKind(msgspec.Struct, frozen=True):
    """What a source is and can do.

    `adapter` names the class that implements `workers.sources.source.Source`, as `module:factory`.
    """

    name: str
    adapter: str
    live: bool
    """Posts come when they come: a time without a connection is a gap."""
    matching: Matching
    """Whether the platform matches filters by rules, or Weir does."""
    backfill: Backfill = "none"
    """How a gap can be filled afterwards."""
    movable: bool = False
    """Streams may run on any machine, and move when one stays away."""
    slot_per_stream: bool = False
    """Each stream has a connection of its own; otherwise all share one."""
    max_slots: int | None = None
    """How many slots may be served at once."""
    post_read_usd: float = 0.0
    """Dollars for each post that is read."""
    title: str = ""
    """What people call the platform; empty for what is none."""
    has_places: bool = True
    """Whether posts say where they are from."""
    has_instances: bool = False
    """Whether people may add access of their own, so that a stream names what it reads."""
    searchable: bool = False
    """Whether a filter can be tried on posts of the last minutes."""
    gap_search: str = ""
    """Where `backfill` is `search`: what makes the `workers.sources.gap_search.GapSearch`."""


REPLAYS_AT_ONCE = 8
"""Replays that run at the same time on all machines: live streams need room, too."""

_ROWS = (
    SourceKind(
        "x",
        adapter="workers.sources.x.source:open_source",
        live=True,
        matching="rules",
        backfill="search",
        movable=True,
        post_read_usd=POST_READ_USD,
        title="X",
        searchable=True,
        gap_search="workers.sources.x.gap_search:open_gap_search",
    ),
    SourceKind(
        "bluesky",
        adapter="workers.sources.bluesky.source:open_source",
        live=True,
        matching="local",
        backfill="cursor",
        movable=True,
        title="Bluesky",
        has_places=False,
    ),
    SourceKind(
        "mastodon",
        adapter="workers.sources.mastodon.source:open_source",
        live=True,
        matching="local",
        backfill="timeline",
        movable=True,
        title="Mastodon",
        has_places=False,
        has_instances=True,
    ),
    SourceKind(
        "replay",
        adapter="workers.sources.replay:open_source",
        live=False,
        matching="local",
        backfill="cursor",
        slot_per_stream=True,
        max_slots=REPLAYS_AT_ONCE,
    ),
)
SOURCES = {each.name: each for each in _ROWS}
"""By name. Jobs of capture clients have a source of their own, which no collector serves."""
MOVABLE = tuple(each.name for each in _ROWS if each.movable)
DEFAULT_SOURCE = "x"
"""The source of a stream that names none."""


def is_recorded(source: str) -> bool:
    """Return whether a source plays what was captured before; False for one without a row."""
    return source in SOURCES and not SOURCES[source].live


def reads_on(source: str) -> bool:
    """Return whether a live source is read on from where it was, so that a break is no gap."""
    return source in SOURCES and SOURCES[source].live and SOURCES[source].backfill == "cursor"


def is_paid(source: str) -> bool:
    """Return whether the platform charges for each post; False for a source without a row."""
    return source in SOURCES and SOURCES[source].post_read_usd > 0


def titles(sources: Iterable[str]) -> str:
    """Return what people call sources, as one enumeration."""
    *first, last = [SOURCES[each].title for each in sources]
    return f"{', '.join(first)} and {last}" if first else last


def uses_rules(source: str) -> bool:
    """Return whether the platform matches filters by rules; False for a source without a row."""
    return source in SOURCES and SOURCES[source].matching == "rules"


def can_backfill(source: str) -> bool:
    """Return whether the gaps of a source's streams can be filled by search, on request."""
    return source in SOURCES and SOURCES[source].backfill == "search"
