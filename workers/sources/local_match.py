"""Matching a filter here, where no platform does it: words as X's rules see them."""

import re
import unicodedata
from collections.abc import Callable

from streams.filter import Filter, parts_of
from workers.sources.x.payload import Delivery

Test = Callable[[Delivery], bool]

_MARKS = "".join(
    character
    for character in map(chr, range(0x300, 0x3100))
    if unicodedata.category(character) in ("Mn", "Mc")
)
"""Marks belong to the letter before them: without them Hindi and Thai have no whole words."""
_ALONE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts without blanks, of which each character is a word."""
_PICTURES = "\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff"
_JOINED = "\u200d\U0001f3fb-\U0001f3ff"
_WORD = re.compile(
    rf"[{_ALONE}]|[\U0001f1e6-\U0001f1ff]{{2}}|[{_PICTURES}][{_JOINED}]*"
    rf"|(?:[^\W{_ALONE}]|[{_MARKS}])+"
)
_PLAIN = re.compile(r"[a-z0-9_]+")
_VARIANTS = str.maketrans("", "", "\ufe0e\ufe0f")
_BEFORE = r"(?<![\w#@$&/])"
_TAGGED = {
    "#": re.compile(rf"{_BEFORE}[#＃]((?=\w*[^\W\d_])[\w{_MARKS}]+)"),
    "@": re.compile(rf"{_BEFORE}[@＠]([a-z0-9_]{{1,15}})(?![\w@])"),
    "$": re.compile(rf"{_BEFORE}\$([a-z]{{1,6}})(?!\w)"),
}
_TODAY = {"iw": "he", "in": "id"}


def words(text: str) -> list[str]:
    """Split a text at blanks and punctuation, without regard to case; accents count."""
    if text.isascii():
        return _PLAIN.findall(text.lower())
    return _WORD.findall(unicodedata.normalize("NFC", text).translate(_VARIANTS).lower())


class LocalMatch:
    """A filter, compiled: whether posts hold any of its terms, in its languages and its place.

    Differs from X where X looks at more than is at hand: it searches quoted posts, too.
    """

    def __init__(self, wanted: Filter) -> None:
        self._tests = [test for test in (_spoken(wanted), _there(wanted), _said(wanted)) if test]

    def matches(self, delivery: Delivery) -> bool:
        """Return whether a post is wanted; an empty filter wants all."""
        return all(test(delivery) for test in self._tests)


def _spoken(wanted: Filter) -> Test | None:
    languages = {_TODAY.get(code, code).casefold() for code in wanted.languages}
    if not languages:
        return None
    return lambda delivery: (delivery.post.lang or "").casefold() in languages


def _there(wanted: Filter) -> Test | None:
    place = wanted.place
    if place is None:
        return None
    box, country = place.box, place.country if place.is_country else None

    def test(delivery: Delivery) -> bool:
        if country is not None and delivery.country is not None:
            return delivery.country.upper() == country
        return delivery.inside(box)

    return test


def _said(wanted: Filter) -> Test | None:
    """Test all terms at once: each text is split into words a single time."""
    if not wanted.terms:
        return None
    boxes = wanted.boxes
    each_of = [parts_of(term) if wanted.any_order else () for term in wanted.words]
    together = [[_Said(part) for part in parts] for parts in each_of if len(parts) > 1]
    alone = _Said(
        *(term for term, parts in zip(wanted.words, each_of, strict=True) if len(parts) < 2)
    )

    def test(delivery: Delivery) -> bool:
        text = delivery.post.text
        found = words(text)
        return (
            alone.by(text, found)
            or any(all(part.by(text, found) for part in parts) for parts in together)
            or any(map(delivery.inside, boxes))
        )

    return test


class _Said:
    """Terms, sorted by how each is looked for."""

    def __init__(self, *terms: str) -> None:
        self._tagged: dict[str, set[str]] = {}
        self._single: set[str] = set()
        self._phrases: list[str] = []
        self._odd: list[str] = []
        for term in terms:
            sign, name = term[:1], _tag_of(term)
            found = words(term)
            if name is not None:
                self._tagged.setdefault(sign, set()).add(name)
            elif len(found) == 1:
                self._single.add(found[0])
            elif found:
                self._phrases.append(_line(found))
            else:
                self._odd.append(term.casefold())  # a sign that is no word, such as ©

    def by(self, text: str, found: list[str]) -> bool:
        """Return whether a text, whose words are `found`, holds any of them."""
        return (
            not self._single.isdisjoint(found)
            or (bool(self._phrases) and _any_in(self._phrases, _line(found)))
            or any(not names.isdisjoint(_tags(sign, text)) for sign, names in self._tagged.items())
            or (bool(self._odd) and _any_in(self._odd, text.casefold()))
        )


def _tag_of(term: str) -> str | None:
    """Return the name in a term that is a hashtag, a handle or a cashtag, and nothing else."""
    pattern = _TAGGED.get(term[:1])
    whole = pattern.fullmatch(_folded(term)) if pattern else None
    return whole[1] if whole else None


def _tags(sign: str, text: str) -> list[str]:
    return _TAGGED[sign].findall(_folded(text)) if sign in text or not text.isascii() else []


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def _line(found: list[str]) -> str:
    return f" {' '.join(found)} "


def _any_in(wanted: list[str], text: str) -> bool:
    return any(each in text for each in wanted)
