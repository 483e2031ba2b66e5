"""Catching up after a break: what a timeline has since then, page by page, oldest first.

Other servers' posts may reach an instance late and then get ids of their past. So what is fetched
is never proved to be all, and the time of the break stays a gap.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from workers.captures.segments.timestamps import iso

OVERLAP_MS = 60_000
"""How far before the break it begins: clocks differ, and posts arrive a little late."""
MOST_PAGES = 100
"""Pages of one timeline after one break: a third of what an instance allows in five minutes."""
SPARE_REQUESTS = 60
"""Requests that are left to the account's other programs."""


class CaughtUp(msgspec.Struct, frozen=True):
    """How far one timeline was fetched; `until` (ms) is where it had to stop before the present."""

    statuses: int = 0
    until: int | None = None


class Missed(msgspec.Struct, frozen=True):
    """A time without a connection (ms); `had` holds what each stream that lived then has of it."""

    since: int
    until: int
    had: Mapping[str, frozenset[str]]


class _Named(msgspec.Struct):
    id: str


_named = msgspec.json.Decoder(_Named)


def id_at(moment: int) -> int:
    """Return the lowest id of a moment (ms): Mastodon's ids begin with the time."""
    return max(0, moment) << 16


def moment_of(status_id: int) -> int:
    """Return when an id was made (ms)."""
    return status_id >> 16


def first_after(proved_at: int, newest_id: int | None) -> int:
    """Return the id to fetch from, when the connection was last proved at a moment (ms).

    Our clock may be ahead of the instance's: nothing after the newest status is left out.
    """
    by_clock = id_at(proved_at - OVERLAP_MS)
    return by_clock if newest_id is None else min(by_clock, newest_id)


def catch_up(
    page: Callable[[int], list[bytes]],
    after: int,
    until: int,
    hand_on: Callable[[bytes], None],
    may_ask: Callable[[], bool],
) -> CaughtUp:
    """Hand on what a timeline has after an id, up to a moment (ms), as far as `may_ask` allows.

    Raises whatever `page` raises; what it had returned before was handed on.
    """
    statuses = 0
    for _ in range(MOST_PAGES):
        if not may_ask():
            break
        found = page(after)
        statuses += len(found)
        for raw in reversed(found):
            hand_on(raw)
        ids = list(_ids(found))
        if not ids or max(ids) <= after:
            return CaughtUp(statuses)
        after = max(ids)
        if moment_of(after) > until + OVERLAP_MS:
            return CaughtUp(statuses)
    return CaughtUp(statuses, moment_of(after))


def _ids(found: list[bytes]) -> Iterator[int]:
    """Yield ids; those of other software than Mastodon may not be numbers, and end it."""
    for raw in found:
        try:
            name = _named.decode(raw).id
        except msgspec.DecodeError:
            continue
        if name.isascii() and name.isdigit():
            yield int(name)


def summary(done: Sequence[CaughtUp], since: int, until: int) -> str:
    """Say what was fetched of a gap, and that it is no proof that nothing is missing."""
    day, begins = iso(since)[:19].split("T")
    span = f"{day} {begins} to {iso(until)[11:19]} UTC"
    statuses = sum(each.statuses for each in done)
    stops = [each.until for each in done if each.until is not None]
    if stops:
        reached = iso(max(since, min(stops)))[11:19]
        return (
            f"Of the gap {span}, {statuses} posts up to {reached} UTC were fetched afterwards;"
            " the rest could not be."
        )
    return (
        f"Of the gap {span}, {statuses} posts were fetched afterwards, those around it included."
        " Posts that reached the instance late may be missing."
    )
