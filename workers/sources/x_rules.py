"""From a filter to the rules of X's filtered stream that ask for it."""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from math import cos, radians
from typing import NamedTuple

import msgspec

from streams.box import KM_PER_DEGREE, Box
from streams.filter import Filter, FilterError
from streams.place import Place

MAX_LENGTH = 1024
"""Characters in a rule (X: pay-per-use)."""
MAX_RULES = 40
"""Rules for one stream; an app has 1,000 for all of them."""
MAX_PLACE_RULES = 4
"""Rules that one place may cost before a rule for its whole country is used instead."""
SIDE_KM = 38.5
"""Largest side of a box: X wants less than 25 miles (40.2 km), measured in its own way."""
OVERLAP_KM = 18.0
"""X passes a place only if it lies wholly in one box: smaller ones than this always do."""
FAR_KM = 1000.0
"""A place that is wider or higher than this is not cut into boxes at all."""
MARGIN_KM = 2.0
"""Boxes are this much wider than the place, whose own parts may touch its edge."""

_BARE = re.compile(r"\w+")
_NAME = re.compile(r"\w[\w'’-]*")
_WELL_FORMED = re.compile(r"#(?=\w*[^\W\d_])\w+|@[A-Za-z0-9_]{1,15}|\$[A-Za-z]{1,6}")
_OPERATORS = frozenset(("and", "not", "or"))
_LANGUAGES_OF_X = {"he": "iw", "id": "in"}


class RuleError(FilterError):
    """A filter that X's rules cannot express."""


class Rule(NamedTuple):
    """One rule; posts that match it come with its tag. X refuses two rules of the same value."""

    value: str
    tag: str


class RulePlan(msgspec.Struct, frozen=True):
    """The rules of a stream, any of which may match a post.

    `local_box` is what a post must lie in besides, if anything; `note` tells people when the rules
    ask for more than the place.
    """

    rules: tuple[Rule, ...]
    local_box: Box | None = None
    note: str | None = None


def rules_for(filter_: Filter, tag: str) -> RulePlan:
    """Plan the rules for a filter; raises RuleError when X's limits do not allow it."""
    try:
        filter_ = filter_.checked()
    except FilterError as error:
        raise RuleError(error.field, error.code, str(error)) from None
    terms = list({term.casefold(): _operator(term) for term in filter_.terms}.values())
    languages = dict.fromkeys(_LANGUAGES_OF_X.get(code, code) for code in filter_.languages)
    spoken = _either([f"lang:{code}" for code in languages])
    place = filter_.place
    if place is None:
        return RulePlan(_rules(_split(terms, spoken), [""], spoken, tag))
    if place.is_country and place.country:
        anywhere = f"place_country:{place.country}"
        return RulePlan(_rules(_split(terms, spoken, anywhere), [anywhere], spoken, tag))
    areas = list(_areas(place))
    if areas and (tiled := _tiled(terms, areas, spoken)):
        return RulePlan(_rules(*tiled, spoken, tag), place.box)
    if not terms and not place.country:
        raise RuleError(
            "place",
            "too_large",
            f"{place.name} is too large without a word: add a word to look for",
        )
    wider = f"place_country:{place.country}" if place.country else "has:geo"
    asked = f"posts from all of {place.country}" if place.country else "all posts with a place"
    note = (
        f"X cannot be asked for {place.name} alone: it sends {asked}, every one of which counts"
        " as read, and those from elsewhere are dropped here."
    )
    return RulePlan(_rules(_split(terms, spoken, wider), [wider], spoken, tag), place.box, note)


def _operator(term: str) -> str:
    """Write a term so that nothing in it can be taken for a part of the rule language."""
    if _WELL_FORMED.fullmatch(term):
        return term
    if _BARE.fullmatch(term) and term.lower() not in _OPERATORS:
        return term
    # X breaks phrases at punctuation, so a blank in its place matches the same posts.
    return '"' + " ".join(re.sub(r'["\\]', " ", term).split()) + '"'


def _areas(place: Place) -> Iterator[str]:
    """Yield operators of which one or another matches each post in a place; none if too far."""
    if max(place.box.width_km, place.box.height_km) > FAR_KM:
        return
    tiles = [tile for box in _widened(place.box) for tile in box.tiles(SIDE_KM, OVERLAP_KM)]
    for tile in tiles:
        corners = (tile.west, tile.south, tile.east, tile.north)
        yield f"bounding_box:[{' '.join(f'{degrees:.3f}' for degrees in corners)}]"
    name = " ".join(_NAME.findall(place.name.partition(",")[0]))
    if tiles and name and place.country:
        # Posts about the place as a whole, which X may draw wider than our boxes.
        yield f'place:"{name}"'


def _widened(box: Box) -> Iterator[Box]:
    """Yield the box with a margin, cut at the antimeridian if it crosses it."""
    shrink = max(0.01, cos(radians(max(abs(box.south), abs(box.north)))))
    up = _margin(box.height_km) / KM_PER_DEGREE
    aside = _margin(box.width_km) / KM_PER_DEGREE / shrink
    pieces = [(box.west, box.east)]
    if box.west > box.east:
        pieces = [(box.west, 180.0), (-180.0, box.east)]
    for west, east in pieces:
        yield Box(
            max(-180.0, west - aside),
            max(-90.0, box.south - up),
            min(180.0, east + aside),
            min(90.0, box.north + up),
        )


def _margin(size_km: float) -> float:
    """Keep a place that fits in one box inside one box."""
    return min(MARGIN_KM, (SIDE_KM - size_km) / 2) if size_km < SIDE_KM else MARGIN_KM


def _tiled(
    terms: Sequence[str], areas: Sequence[str], spoken: str
) -> tuple[list[str], list[str]] | None:
    """Divide terms and areas over the fewest rules; None when that takes too many."""
    room = MAX_LENGTH - len(spoken) - 2
    plans = []
    for share in (0.75, 0.5, 0.25) if terms else (0.0,):
        words = _pack(terms, int(room * share))
        where = _pack(areas, room - max(map(len, words))) if words else None
        if words and where and len(words) * len(where) <= MAX_PLACE_RULES:
            plans.append((words, where))
    return min(plans, key=lambda plan: len(plan[0]) * len(plan[1]), default=None)


def _split(terms: Sequence[str], spoken: str, where: str = "") -> list[str]:
    """Divide the terms over as many rules as it takes beside the other parts."""
    groups = _pack(terms, MAX_LENGTH - len(spoken) - len(where) - 2)
    if groups is None:
        raise RuleError(
            "languages", "too_many", "X's rules are too short for so many languages: choose fewer"
        )
    if len(groups) > MAX_RULES:
        raise RuleError(
            "keywords", "too_many", f"the words fill more than {MAX_RULES} of X's rules: use fewer"
        )
    return groups


def _pack(operators: Sequence[str], room: int) -> list[str] | None:
    """Join operators into as few groups of at most `room` characters; None if one is longer."""
    groups: list[list[str]] = [[]]
    for operator in operators:
        if len(operator) > room:
            return None
        if groups[-1] and len(_either([*groups[-1], operator])) > room:
            groups.append([])
        groups[-1].append(operator)
    return [_either(group) for group in groups]


def _either(operators: Sequence[str]) -> str:
    joined = " OR ".join(operators)
    return f"({joined})" if len(operators) > 1 else joined


def _rules(words: Sequence[str], where: Sequence[str], spoken: str, tag: str) -> tuple[Rule, ...]:
    values = (" ".join(filter(None, parts)) for parts in product(words, where, (spoken,)))
    return tuple(Rule(value, tag) for value in values)
