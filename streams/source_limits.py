"""What sources cannot be asked for, told before a stream is saved, and what is left to ask them."""

from collections.abc import Sequence

from msgspec.structs import replace

from streams.filter import Filter, FilterError
from streams.geo_keyword import is_geo
from streams.sources import SOURCES, titles


def check_places(wanted: Filter, sources: Sequence[str]) -> None:
    """Raise FilterError for a place where the posts of no source carry one.

    Of several sources, those without places must be asked for something else.
    """
    without = _without_places(sources)
    if not without or not _is_placed(wanted):
        return
    if len(without) == len(sources):
        text = f"{titles(without)} posts carry no place"
        if wanted.place is not None:
            raise FilterError("place", "no_places", text)
        raise FilterError("keywords", "no_places", f"{text}: leave out the keywords with geo:")
    if not _narrowed(wanted).terms:
        text = f"{titles(without)} posts carry no place: give a word to look for there"
        raise FilterError("word", "no_places", text)


def filter_for(source: str, wanted: Filter) -> Filter:
    """Return what one of several sources is asked: no place where its posts carry none."""
    return _narrowed(wanted) if _without_places([source]) and _is_placed(wanted) else wanted


def place_note(wanted: Filter, sources: Sequence[str]) -> str | None:
    """Return a sentence on which of several sources a place applies to; None where to all."""
    without = _without_places(sources)
    if not without or len(without) == len(sources) or not _is_placed(wanted):
        return None
    others = titles(each for each in sources if each not in without)
    return f"{titles(without)} posts carry no place: the box applies to {others} only."


def _without_places(sources: Sequence[str]) -> list[str]:
    return [each for each in sources if each in SOURCES and not SOURCES[each].has_places]


def _is_placed(wanted: Filter) -> bool:
    return wanted.place is not None or bool(wanted.boxes)


def _narrowed(wanted: Filter) -> Filter:
    word = "" if is_geo(wanted.word) else wanted.word
    keywords = tuple(each for each in wanted.keywords if not is_geo(each))
    return replace(wanted, word=word, keywords=keywords, place=None)
