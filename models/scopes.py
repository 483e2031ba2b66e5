"""Marks for what a denial, a wish or a question does to the words of opinion in a post."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

OPINIONS = Path(__file__).with_name("opinions.tsv")
_GROUPS: Mapping[str, str] = {
    "not": "not isn't wasn't aren't weren't ain't isnt wasnt arent werent aint",
    "don't": "don't doesn't didn't haven't hasn't hadn't dont doesnt didnt havent hasnt hadnt",
    "can't": "can't cannot couldn't won't wouldn't shouldn't cant couldnt wont wouldnt shouldnt",
    "never": "never hardly barely nowhere",
    "no": "no nobody nothing none neither nor without few",
    "would": "would should could might would've should've could've",
    "wish": "wish wished hoped wanted expected supposed meant if",
    "used": "used thought promised once",
    "": "anything far",  # begin nothing alone
}
BEGINS = {word: group for group, words in _GROUPS.items() for word in words.split()}


def _pairs(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(pair.split()) for pair in text.split("|"))


# What begins like a denial or a wish and denies or wishes nothing.
_IDIOMS = _pairs(
    "not only|not just|not gonna|not sure|not to|don't miss|don't forget|don't sleep|don't worry|"
    "don't know|dont forget|dont worry|dont know|can't wait|can't stop|can't believe|can't get|"
    "can't go|can't beat|can't help|cant wait|cant stop|cant believe|cant get|cant go|cant beat|"
    "cant help|couldn't help|never mind|never again|no more|no doubt|no idea|no wonder|no problem|"
    "no problems|no matter|no worries|no need|nothing but|if you|if u|if anyone"
)
# What denies by two words.
_DENIALS = _pairs("anything but|far from|no means|no way")
# Who does not say or think that a thing is so denies it.
_SAID = frozenset(("not", "don't", "can't", "never", "no"))
_SAYING = frozenset(
    "say says said call called think thinks thought describe find found claim".split()
)
_BE = frozenset("is was are were be been it's that's he's she's they're i'm".split())
# "Never such a good day", "can't be better": opinions at their strongest, not denied ones.
_STRENGTHENED = frozenset(("never", "can't"))
_STRONG = frozenset("more such as".split())
_COMPARED = {
    **dict.fromkeys(
        "better nicer happier prouder cooler cuter funnier kinder sweeter easier".split(), "good"
    ),
    **dict.fromkeys(
        "worse sadder angrier uglier dumber ruder lazier weaker dirtier".split(), "bad"
    ),
}
_ENDS = frozenset("; : but and because so ! !! ? ?? .. ...".split())
_NEAR, _FAR = 3, 8  # words that a denial or a wish reaches
_COPIES = 3  # a mark counts more than the words that it takes the place of
_Feature = TypeVar("_Feature")


class Scope(NamedTuple):
    """A mark, and the places of the words that make it, that of the opinion last."""

    mark: str
    places: tuple[int, ...]


@cache
def opinions() -> Mapping[str, str]:
    """Return some thousand words of opinion, each with `good` or `bad`."""
    lines = OPINIONS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def scopes(words: Sequence[str]) -> list[Scope]:
    """Return a mark for each denial and wish that a word of opinion follows, and for questions.

    The first such word counts, and it is near (`not-good`) or far (`not…good`), or strengthened
    (`never+good`: "never such a good day"). No word of a post is like a mark, since none holds a
    letter beside `-`, `…` or `+`.
    """
    found = []
    for start, word in enumerate(words):
        if word in BEGINS and (scope := _scope(words, start)):
            found.append(scope)
    if "?" in words:
        held = opinions()
        asked = {held[word]: place for place, word in enumerate(words) if word in held}
        found += [Scope(f"?…{kind}", (place,)) for kind, place in sorted(asked.items())]
    return found


def mark_scopes(
    found: list[_Feature],
    words: Sequence[str],
    feature: Callable[[Scope], _Feature],
    nothing: _Feature,
) -> None:
    """Add the marks of `words` to their features, in place.

    `found` holds the features of the words, then those of their pairs, each in order. A denied
    or wished opinion gives up its words to `nothing`, and the pairs that end with one before the
    opinion (`is not`, `can't say`); the other pairs (`not bad`) say more than the mark.
    """
    count = len(words)
    for scope in scopes(words):
        *before, opinion = scope.places
        for place in before:
            found[place] = nothing
            if place and count + place - 1 < len(found):
                found[count + place - 1] = nothing
        if before:
            found[opinion] = nothing
        found += [feature(scope)] * _COPIES


def _scope(words: Sequence[str], start: int) -> Scope | None:
    group, begins = _begin(words, start)
    if not group:
        return None
    held, following = opinions(), words[start + 1 : start + 1 + _FAR]
    for distance, word in enumerate(following, start=1):
        compared = _COMPARED.get(word)
        if kind := compared or held.get(word):
            reach = "-" if distance <= _NEAR else "…"
            if group in _STRENGTHENED and (
                compared or not _STRONG.isdisjoint(following[:distance])
            ):
                reach = "+"
            return Scope(f"{group}{reach}{kind}", (*begins, start + distance))
        if word in _ENDS and distance >= len(begins):
            break
    return None


def _begin(words: Sequence[str], start: int) -> tuple[str, tuple[int, ...]]:
    """Return the group of the denial or wish at `start` ("": none), and the places of its words."""
    group, pair = BEGINS[words[start]], tuple(words[start : start + 2])
    if pair in _DENIALS:
        return "not", (start, start + 1)
    if pair in _IDIOMS:
        return "", ()
    if group in _SAID:
        for place in range(start + 1, min(start + 3, len(words))):
            if words[place] in _SAYING:
                return "say", (start, place)
    if group == "not" and (words[start] != "not" or (start and words[start - 1] in _BE)):
        return "isn't", (start,)
    return group, (start,)
