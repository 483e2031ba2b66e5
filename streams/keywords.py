"""Keywords as one text, the way capture clients and their servers write what a job looks for."""

import re

import msgspec

from streams.box import Box
from streams.filter import Filter, FilterError

MAX_KEYWORDS = 400
"""Words and boxes of one job; the first capture API took as many."""
_NUMBER = r"(-?\d{1,3}(?:\.\d{1,12})?)"
_BOX = re.compile(f"geo: {_NUMBER} {_NUMBER} {_NUMBER} {_NUMBER}")
_BOX_EXPECTED = (
    "write a box as geo: lon lat lon lat, with one space after the colon and between the numbers"
)


class Keywords(msgspec.Struct, frozen=True):
    """What any post must hold one of, or lie in one of; none of either asks for a sample."""

    terms: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms or self.boxes)


def read(text: str) -> Keywords:
    """Read `word, two words, geo: lon lat lon lat`; raises FilterError for the first fault."""
    return _sorted(_parts(text))


def filter_of(text: str) -> Filter:
    """Make the filter of a job, which keeps each part as a keyword; raises FilterError."""
    parts = _parts(text)
    _sorted(parts)
    return Filter(keywords=parts, languages=())


def text_of(wanted: Filter) -> str:
    """Write a filter as keywords. A comma in a term would divide it, and matches as a blank."""
    parts = [" ".join(term.replace(",", " ").split()) for term in wanted.terms]
    if wanted.place is not None:
        parts.append("geo: " + " ".join(f"{degrees:.6f}" for degrees in _corners(wanted.place.box)))
    return ",".join(parts)


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))
    if len(parts) > MAX_KEYWORDS:
        raise FilterError("keywords", "too_many", f"give at most {MAX_KEYWORDS} keywords")
    return parts


def _sorted(parts: tuple[str, ...]) -> Keywords:
    boxes = [part for part in parts if part.casefold().startswith("geo:")]
    terms = [_term(part) for part in parts if part not in boxes]
    return Keywords(tuple(dict.fromkeys(terms)), tuple(_box(part) for part in boxes))


def _term(part: str) -> str:
    try:
        return Filter(word=part, languages=()).checked().word
    except FilterError as error:
        raise FilterError("keywords", error.code, f"{part[:40]!r}: {error}") from None


def _box(part: str) -> Box:
    found = _BOX.fullmatch(part)
    if found is None:
        raise FilterError("keywords", "bad_box", f"{part[:60]!r}: {_BOX_EXPECTED}")
    lon, lat, other_lon, other_lat = map(float, found.groups())
    try:
        return Box.of(
            min(lon, other_lon), min(lat, other_lat), max(lon, other_lon), max(lat, other_lat)
        )
    except ValueError as error:
        raise FilterError("keywords", "bad_box", f"{part[:60]!r}: {error}") from None


def _corners(box: Box) -> tuple[float, float, float, float]:
    return (box.west, box.south, box.east, box.north)
