"""Keywords as one text, the way capture clients and their servers write what a job looks for."""

from streams.box import Box
from streams.filter import Filter, FilterError, checked_keyword

MAX_KEYWORDS = 400
"""Words and boxes of one job; the first capture API took as many."""


def filter_of(text: str) -> Filter:
    """Read `word, two words, geo: lon lat lon lat`; raises FilterError for the first fault.

    Words with blanks between must all be there, in any order, as in the days of these clients.
    """
    parts = [part for part in map(str.strip, text.split(",")) if part]
    if len(parts) > MAX_KEYWORDS:
        raise FilterError("keywords", "too_many", f"give at most {MAX_KEYWORDS} keywords")
    terms = tuple(dict.fromkeys(map(checked_keyword, parts)))
    return Filter(keywords=terms, languages=(), any_order=True)


def text_of(wanted: Filter) -> str:
    """Write a filter as keywords. A comma in a term would divide it, and matches as a blank."""
    parts = [" ".join(term.replace(",", " ").split()) for term in wanted.terms]
    if wanted.place is not None:
        parts.append("geo: " + " ".join(f"{degrees:.6f}" for degrees in _corners(wanted.place.box)))
    return ",".join(parts)


def _corners(box: Box) -> tuple[float, float, float, float]:
    return (box.west, box.south, box.east, box.north)
