"""From a filter to the rules of X's filtered stream that ask for it."""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from math import cos, radians
from typing import NamedTuple

import msgspec

from streams.box import KM_PER_DEGREE, Box
from streams.filter import Filter, FilterError, account_of, parts_of
from streams.place import Place

SIDE_KM = 38.5
"""Largest side of a box: X wants less than 25 miles (40.2 km), measured in its own way."""
OVERLAP_KM = 18.0
"""X passes a place only if it lies wholly in one box: smaller ones than this always do."""
FAR_KM = 1000.0
"""A place that is wider or higher than this is not cut into boxes at all."""
MARGIN_KM = 2.0
"""Boxes are this much wider than the place, whose own parts may touch its edge."""

_X_ACCOUNT = re.compile(r"[a-z0-9_]{1,15}|[0-9]{1,19}")
_BARE = re.compile(r"\w+")
_NAME = re.compile(r"\w[\w'’-]*")
_WELL_FORMED = re.compile(r"#(?=\w*[^\W\d_])\w+|@[A-Za-z0-9_]{1,15}|\$[A-Za-z]{1,6}")
_OPERATORS = frozenset(("and", "not", "or"))
_NEGATION = re.compile(r"(?:^|\s)-\w")
_OPERATOR = re.compile(
    r"(?:^|[\s(])-?((?:from|to|is|has|lang|url|url_\w+|bio|bio_\w+|place|place_country|context"
    r"|entity|conversation_id|retweets_of|retweets_of_user|in_reply_to\w*|quotes_of\w*"
    r"|point_radius|bounding_box|source|sample|\w+_count):)\S"
)
_BOOLEAN = re.compile(r"\s(OR|AND)\s")
_LANGUAGES_OF_X = {"he": "iw", "id": "in"}


class RuleError(FilterError):
    """A filter that X's rules cannot express."""


class RuleLimits(NamedTuple):
    """Characters in a rule, rules of one stream, and how many of them its place may cost."""

    length: int
    rules: int
    place_rules: int


STREAM = RuleLimits(1024, 40, 4)
"""X: pay-per-use; an app has 1,000 rules. Past the last, a whole country is asked for instead."""
SEARCH = RuleLimits(512, 160, 16)
"""X: recent search takes queries half as long (rate limits page), as many as one likes."""

Inside = tuple[tuple[Box, ...], ...]
"""Of each group, a post must lie in one box."""


class Rule(NamedTuple):
    """One rule. X's boxes are larger than what they stand for: where a post must lie besides."""

    value: str
    inside: Inside = ()


class RulePlan(msgspec.Struct, frozen=True):
    """The rules of a stream, any of which may match a post.

    `note` tells people when the rules ask for more than the place.
    """

    rules: tuple[Rule, ...]
    note: str | None = None


def rules_for(filter_: Filter, limits: RuleLimits = STREAM) -> RulePlan:
    """Plan the rules for a filter; raises RuleError when X's limits do not allow it."""
    try:
        filter_ = filter_.checked()
    except FilterError as error:
        raise RuleError(error.field, error.code, str(error)) from None
    terms = _operators(filter_)
    languages = dict.fromkeys(_LANGUAGES_OF_X.get(code, code) for code in filter_.languages)
    asked = _Asked(
        list(terms.values()),
        _either([f"lang:{code}" for code in languages]),
        limits,
    )
    boxes = _in_boxes(asked, filter_.boxes, filter_.place) if filter_.boxes else ()
    if boxes and not terms:
        return RulePlan(boxes)
    words = _in_place(asked, filter_.place)
    _check_count(asked, len(words.rules) + len(boxes), "the words and boxes")
    return msgspec.structs.replace(words, rules=(*words.rules, *boxes))


def filter_warnings(filter_: Filter) -> tuple[str, ...]:
    """Return sentences about terms that read like operators of X, which filters take as text."""
    terms = (parts_of(term) if filter_.any_order else (term,) for term in filter_.words)
    rest = (" ".join(part for part in parts if not account_of(part)) for parts in terms)
    return tuple(filter(None, map(_warning, rest)))


def _warning(term: str) -> str | None:
    if " from:" in f" {term.lower()}":
        reason = "from: is a keyword of its own, or stands among words in any order"
    elif found := _OPERATOR.search(term):
        reason = f"filters have no operators such as {found[1]}"
    elif _NEGATION.search(term):
        reason = "filters cannot exclude words"
    elif found := _BOOLEAN.search(term):
        reason = f"{found[1]} is no operator here: give each word as a keyword of its own"
    else:
        return None
    return f"{term!r} matches only posts with exactly this text: {reason}."


class _Asked(NamedTuple):
    """The operators of the words, of the languages, and what else every rule is made with."""

    terms: list[str]
    spoken: str
    limits: RuleLimits

    def rules(
        self, words: Sequence[str], where: Sequence[str], inside: Inside = ()
    ) -> tuple[Rule, ...]:
        """Join each of some words with each of some places."""
        values = (" ".join(filter(None, parts)) for parts in product(words, where, (self.spoken,)))
        return tuple(Rule(value, inside) for value in values)

    def room(self, *others: str) -> int:
        """Return how many characters a rule has left beside the languages and other parts."""
        return self.limits.length - sum(map(len, (self.spoken, *others))) - 2


def _in_place(asked: _Asked, place: Place | None) -> RulePlan:
    """Ask for the words in a place, as near as X's rules come to it."""
    if place is None:
        return RulePlan(asked.rules(_split(asked), [""]))
    if anywhere := _country(place):
        return RulePlan(asked.rules(_split(asked, anywhere), [anywhere]))
    areas = list(_areas(place))
    if areas and (tiled := _tiled(asked, areas)):
        return RulePlan(asked.rules(*tiled, ((place.box,),)))
    if not asked.terms and not place.country:
        raise RuleError(
            "place",
            "too_large",
            f"{place.name} is too large without a word: add a word to look for",
        )
    wider = f"place_country:{place.country}" if place.country else "has:geo"
    more = f"posts from all of {place.country}" if place.country else "all posts with a place"
    note = (
        f"X cannot be asked for {place.name} alone: it sends {more}, every one of which counts"
        " as read, and those from elsewhere are dropped here."
    )
    return RulePlan(asked.rules(_split(asked, wider), [wider], ((place.box,),)), note)


def _in_boxes(asked: _Asked, boxes: Sequence[Box], place: Place | None) -> tuple[Rule, ...]:
    """Ask for whatever lies in one of the boxes that stand among the keywords, and in the place."""
    country = _country(place) if place else ""
    for box in boxes:
        if not _is_near(box):
            wide, high = round(box.width_km), round(box.height_km)
            text = (
                f"a box among the keywords is {wide} km wide and {high} km high: use smaller ones"
            )
            raise RuleError("keywords", "too_large", f"{text}, of {FAR_KM:g} km at most")
    groups = _packed(asked, [tile for box in boxes for tile in _tiles(box)], country)
    _check_count(asked, len(groups), f"the boxes, cut into squares of {SIDE_KM:g} km as X wants,")
    inside: Inside = (tuple(boxes), (place.box,)) if place and not country else (tuple(boxes),)
    return asked.rules(groups, [country], inside)


def _country(place: Place) -> str:
    return f"place_country:{place.country}" if place.is_country and place.country else ""


def _operators(filter_: Filter) -> dict[str, str]:
    """Write the terms as operators, by term; raises RuleError when X can match none of them.

    Terms about accounts of other platforms are left out: no post on X is theirs.
    """
    terms = {
        term.casefold(): _operator(term, filter_.any_order)
        for term in filter_.words
        if all(account is None or _X_ACCOUNT.fullmatch(account) for account in _accounts(term))
    }
    if filter_.words and not terms and not filter_.boxes:
        text = "X has no such account: its handles have up to 15 letters, digits and _"
        raise RuleError("word" if filter_.word else "keywords", "not_on_x", text)
    return terms


def _accounts(term: str) -> Iterator[str | None]:
    return (account_of(part) for part in term.split())


def _operator(term: str, any_order: bool) -> str:
    """Write a term so that nothing in it can be taken for a part of the rule language."""
    if any_order and len(parts := parts_of(term)) > 1:
        return f"({' '.join(_operator(each, False) for each in parts)})"
    if account := account_of(term):
        return f"from:{account}"
    if _WELL_FORMED.fullmatch(term):
        return term
    if _BARE.fullmatch(term) and term.lower() not in _OPERATORS:
        return term
    # X breaks phrases at punctuation, so a blank in its place matches the same posts.
    return '"' + " ".join(re.sub(r'["\\]', " ", term).split()) + '"'


def _areas(place: Place) -> Iterator[str]:
    """Yield operators of which one or another matches each post in a place; none if too far."""
    if not _is_near(place.box):
        return
    yield from _tiles(place.box)
    name = " ".join(_NAME.findall(place.name.partition(",")[0]))
    if name and place.country:
        # Posts about the place as a whole, which X may draw wider than our boxes.
        yield f'place:"{name}"'


def _is_near(box: Box) -> bool:
    return max(box.width_km, box.height_km) <= FAR_KM


def _tiles(box: Box) -> Iterator[str]:
    for part in _widened(box) if _is_near(box) else ():
        for tile in part.tiles(SIDE_KM, OVERLAP_KM):
            corners = (tile.west, tile.south, tile.east, tile.north)
            yield f"bounding_box:[{' '.join(f'{degrees:.3f}' for degrees in corners)}]"


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


def _tiled(asked: _Asked, areas: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Divide terms and areas over the fewest rules; None when that takes too many."""
    room = asked.room()
    plans = []
    for share in (0.75, 0.5, 0.25) if asked.terms else (0.0,):
        words = _pack(asked.terms, int(room * share))
        where = _pack(areas, room - max(map(len, words))) if words else None
        if words and where and len(words) * len(where) <= asked.limits.place_rules:
            plans.append((words, where))
    return min(plans, key=lambda plan: len(plan[0]) * len(plan[1]), default=None)


def _split(asked: _Asked, where: str = "") -> list[str]:
    """Divide the terms over as many rules as it takes beside the other parts."""
    groups = _packed(asked, asked.terms, where)
    _check_count(asked, len(groups), "the words")
    return groups


def _packed(asked: _Asked, operators: Sequence[str], where: str) -> list[str]:
    groups = _pack(operators, asked.room(where))
    if groups is None:
        raise RuleError(
            "languages", "too_many", "X's rules are too short for so many languages: choose fewer"
        )
    return groups


def _check_count(asked: _Asked, count: int, what: str) -> None:
    if count > (most := asked.limits.rules):
        raise RuleError(
            "keywords", "too_many", f"{what} fill more than {most} of X's rules: use fewer"
        )


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
