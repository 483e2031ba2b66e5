"""The names of segments: which interval, which file, and which names are taken."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

import msgspec

from streams.collection import is_folder
from workers.captures.settings import CaptureSettings

MINUTE = 60_000
DAY = 1440
MANIFEST = ".manifest"
DRAFT = ".draft"
TORN = ".torn"
SHIPPED = ".shipped"
PART = ".part"
REDACTED = ".redacted"
SIDES = (MANIFEST, DRAFT, TORN, SHIPPED, PART, REDACTED)
"""Endings of the files beside a segment."""


class CollectionNameError(ValueError):
    """A collection name that cannot be the name of a folder."""


class SegmentInterval(msgspec.Struct, frozen=True):
    """From `start` up to, not including, `end`; ms since the epoch."""

    start: int
    end: int


def check_folder(name: str) -> str:
    """Return the name of a collection's folder, or raise CollectionNameError."""
    if not is_folder(name):
        raise CollectionNameError(
            f"collection name {name[:80]!r}: expected 1 to 64 letters, digits, spaces, _ or -,"
            " with no space at an end"
        )
    return name


def interval_of(moment: int, minutes: int) -> SegmentInterval:
    """Find the interval that a moment (ms) lies in, counted from the hour; above 60 from the day.

    The last interval of an hour or day is shorter when `minutes` does not divide it.
    """
    span = 60 if minutes <= 60 else DAY
    minute = moment // MINUTE
    base = minute - minute % span
    start = minute - (minute - base) % minutes
    return SegmentInterval(start * MINUTE, min(start + minutes, base + span) * MINUTE)


def names(collection: str, start: int, settings: CaptureSettings) -> Iterator[str]:
    """Yield the names a segment may have, the best first: plain, then with _00, _01, …"""
    moment = datetime.fromtimestamp(start / 1000, UTC)
    stem = collection + moment.strftime(settings.filename_timefmt)
    yield stem + settings.extension
    number = 0
    while True:
        yield f"{stem}_{number:02d}{settings.extension}"
        number += 1


def is_taken(name: str, entries: Collection[str]) -> bool:
    """Return whether a folder holds a segment of that name, or files beside one."""
    return any(entry.startswith(name) for entry in entries)


def is_side(name: str) -> bool:
    """Return whether a file stands beside a segment rather than being one."""
    return name.endswith(SIDES)


def plain_name(file: str) -> str:
    """Return the name that a file had before it was compressed: SQL knows it by that."""
    return file.removesuffix(".gz").removesuffix(".zst")
