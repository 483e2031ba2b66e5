"""A `geo:` keyword: a box that stands among the words of a filter."""

import re

from streams.box import Box

_PREFIX = "geo:"
_NUMBER = r"([+-]?\d{1,3}(?:\.\d{1,12})?)"
_WRITTEN = re.compile(r"geo:\s*" + r"[\s,]+".join([_NUMBER] * 4), re.IGNORECASE)
EXPECTED = "write a box as geo: west south east north, in degrees with at most 12 decimals"


def is_geo(term: str) -> bool:
    """Return whether a keyword is meant for a box."""
    return term.casefold().startswith(_PREFIX)


def plain_geo(term: str) -> str:
    """Write a box as every capture client reads it; raises ValueError, as `box_of` does."""
    box_of(term)
    return f"{_PREFIX} {' '.join(_numbers(term))}"


def box_of(term: str) -> Box:
    """Return the box between any two opposite corners; raises ValueError that says what to mend."""
    lon, lat, other_lon, other_lat = map(float, _numbers(term))
    return Box.of(
        min(lon, other_lon), min(lat, other_lat), max(lon, other_lon), max(lat, other_lat)
    )


def _numbers(term: str) -> tuple[str, ...]:
    found = _WRITTEN.fullmatch(term)
    if found is None:
        raise ValueError(EXPECTED)
    return found.groups()
