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
    "no": "no nothing neither nor without zero",
    "nobody": "nobody none few",
    "would": "would should could might would've should've could've",
    "wish": "wish wished hoped wanted expected supposed meant if",
    "used": "used thought promised once",
    "too": "too",
    "": "anything far opposite less",  # begin nothing alone
}
BEGINS = {word: group for group, words in _GROUPS.items() for word in words.split()}


def _pairs(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(pair.split()) for pair in text.split("|"))


# What begins like a denial or a wish and denies or wishes nothing.
_IDIOMS = _pairs(
    "not only|not just|not gonna|not sure|not to|don't miss|don't forget|don't sleep|don't worry|"
    "don't know|dont forget|dont worry|dont know|can't wait|can't stop|can't believe|can't get|"
    "can't go|can't beat|can't help|cant wait|cant stop|cant believe|cant get|cant go|cant beat|"
    "cant help|couldn't help|never mind|never again|no more|no cap|no skips|no doubt|"
    "no idea|no wonder|no problem|no problems|no matter|no worries|no need|"
    "nothing but|if you|if u|if anyone"
)
# What denies by two words.
_DENIALS = {
    **dict.fromkeys(_pairs("anything but|far from|no means|no way|opposite of|less than"), "not"),
    **dict.fromkeys(
        _pairs("no one|not one|not many|hardly any|hardly anyone|hardly anybody"), "nobody"
    ),
}
# Who does not say or think that a thing is so denies it.
_SAID = frozenset(("not", "don't", "can't", "never", "no", "nobody"))
_SAYING = frozenset(
    "say says said call called think thinks thought describe find found claim".split()
)
# Words of complaint: denied they praise ("no complaints"), unlike other bad words ("no respect").
_FAULTS = frozenset(
    "complain complains complained complaining complaint complaints disappoint disappoints "
    "disappointed fail fails failed fault faults flaw flaws bug bugs issue issues problem problems "
    "regret regrets trouble wrong worst hiccup hiccups objections moan grumble".split()
)
_BE = frozenset("is was are were be been it's that's he's she's they're i'm".split())
# "Never such a good day", "can't be better": opinions at their strongest, not denied ones. Nor is
# "could be worse" like "could be bad".
_STRONG = {
    "never": frozenset("more such as so".split()),
    "can't": frozenset("more such as".split()),
    "would": frozenset[str](),
}
_COMPARED = {
    **dict.fromkeys(
        "better nicer happier prouder cooler cuter funnier kinder sweeter easier".split(), "good"
    ),
    **dict.fromkeys(
        "worse sadder angrier uglier dumber ruder lazier weaker dirtier".split(), "bad"
    ),
}
# "Not so good", "doesn't look so good": elsewhere `so` begins what follows from the denial.
_BEFORE_SO = BEGINS.keys() | frozenset(
    "be been feel felt feeling look looks looking looked seem seems sound sounds go going".split()
)
_ENDS = frozenset("; : but and because so ! !! ? ?? .. ...".split())
_NEAR, FAR = 3, 8  # words that a denial or a wish reaches
_COPIES = 3  # a mark counts more than the words that it takes the place of
_Feature = TypeVar("_Feature")


class Scope(NamedTuple):
    """A mark, and the places of the words that make it, that of the opinion last."""

    mark: str
    places: tuple[int, ...]


@cache
def opinions() -> Mapping[str, str]:
    """Return some thousand words of opinion, each with `good`, `bad` or `fault`."""
    lines = OPINIONS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines) | dict.fromkeys(_FAULTS, "fault")


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
    or wished opinion gives up its words to `nothing`, and the pairs that end with one of them
    (`is not`, `can't say`, `so good`); only a denial with its opinion (`not bad`) says more than
    the mark.
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
            if opinion - 1 not in before and count + opinion - 1 < len(found):
                found[count + opinion - 1] = nothing
        found += [feature(scope)] * _COPIES


def _scope(words: Sequence[str], start: int) -> Scope | None:
    group, begins = _begin(words, start)
    if not group:
        return None
    held, following = opinions(), words[start + 1 : start + 1 + FAR]
    for distance, word in enumerate(following, start=1):
        compared = _COMPARED.get(word)
        kind = compared or held.get(word)
        if kind and (group != "too" or kind == "good"):
            reach = "-" if distance <= _NEAR else "…"
            strong = _STRONG.get(group)
            if strong is not None and (compared or not strong.isdisjoint(following[:distance])):
                reach, kind = "+", "bad" if kind == "fault" else kind
            return Scope(f"{group}{reach}{kind}", (*begins, start + distance))
        if word in _ENDS and distance >= len(begins):
            if word == "so" and words[start + distance - 1] in _BEFORE_SO:
                continue
            break
    return None


def _begin(words: Sequence[str], start: int) -> tuple[str, tuple[int, ...]]:
    """Return the group of the denial or wish at `start` ("": none), and the places of its words."""
    group, pair = BEGINS[words[start]], tuple(words[start : start + 2])
    begins: tuple[int, ...] = (start,)
    if pair in _IDIOMS:
        return "", ()
    if pair in _DENIALS:
        group, begins = _DENIALS[pair], (start, start + 1)
    elif group == "too":
        # "Too good to be true", "too tired to be happy".
        follow = words[start + 2 : start + 4]
        return (group, (start, start + 2 + follow.index("to"))) if "to" in follow else ("", ())
    elif group == "not" and (words[start] != "not" or (start and words[start - 1] in _BE)):
        group = "isn't"
    if group in _SAID or group == "isn't":
        for place in range(begins[-1] + 1, min(begins[-1] + 3, len(words))):
            if words[place] in _SAYING:
                return "say", (*begins, place)
    return group, begins
