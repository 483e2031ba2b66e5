"""Matching a filter here, where no platform does it: words as X's rules see them."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Protocol

from streams.box import Box
from streams.filter import Filter, parts_of
from streams.post import Post


class MatchablePost(Protocol):
    """What filters look at, whatever the platform; the text holds links in their full form."""

    @property
    def post(self) -> Post:
        """The text and the language."""

    @property
    def country(self) -> str | None:
        """The two-letter code of the country that the post names."""

    def inside(self, box: Box) -> bool:
        """Return whether the post lies in a box."""


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
    return _WORD.findall(unicodedata.normalize("NFKC", text).translate(_VARIANTS).lower())


class PostText:
    """The text of one post, split a single time for all filters."""

    def __init__(self, subject: MatchablePost) -> None:
        self.subject = subject
        self.text = subject.post.text
        self.found = words(self.text)

    @cached_property
    def line(self) -> str:
        """The words with blanks around each, to look phrases up in."""
        return _line(self.found)

    def keys(self) -> set[str]:
        """Return the words, and the hashtags, handles and cashtags with their signs."""
        keys = set(self.found)
        for sign in _TAGGED:
            keys.update(sign + name for name in _tags(sign, self.text))
        return keys


Test = Callable[[PostText], bool]


class LocalMatch:
    """A filter, compiled: whether posts hold any of its terms, in its languages and its place.

    Differs from X where X looks at more than is at hand: it searches quoted posts, too.
    """

    def __init__(self, wanted: Filter) -> None:
        self.filter = wanted
        self._around = [test for test in (_spoken(wanted), _there(wanted)) if test]
        self._said = _said(wanted)

    def matches(self, subject: MatchablePost) -> bool:
        """Return whether a post is wanted; an empty filter wants all."""
        return self.accepts(PostText(subject))

    def accepts(self, text: PostText) -> bool:
        """Return whether a post whose text is split already is wanted."""
        return self.suits(text) and (self._said is None or self._said(text))

    def suits(self, text: PostText) -> bool:
        """Return whether the language and the place of a post are wanted, whatever it says."""
        return all(test(text) for test in self._around)


class FilterIndex:
    """Many filters at once: looks up the words of a post, and tests only filters that ask for one.

    A filter without words, or with a box or a bare sign such as ©, is tested with every post.
    """

    def __init__(self, filters: Mapping[str, LocalMatch]) -> None:
        """Index filters by the ids of their streams."""
        self._always = {each: match for each, match in filters.items() if not _is_found(match)}
        self._certain: dict[str, dict[str, LocalMatch]] = {}
        """By key: filters of which the key is a whole term, so that only the rest is tested."""
        self._possible: dict[str, dict[str, LocalMatch]] = {}
        for stream_id, match in filters.items():
            for term in match.filter.words if stream_id not in self._always else ():
                key, is_whole = _key_of(term, match.filter.any_order)
                if key is not None:
                    by_key = self._certain if is_whole else self._possible
                    by_key.setdefault(key, {})[stream_id] = match

    def matching(self, subject: MatchablePost) -> frozenset[str]:
        """Return the ids of the streams that a post is for."""
        text = PostText(subject)
        keys = text.keys()
        found = {each for each, match in self._always.items() if match.accepts(text)}
        for key in self._certain.keys() & keys:
            found.update(each for each, match in self._certain[key].items() if match.suits(text))
        for key in self._possible.keys() & keys:
            for each, match in self._possible[key].items():
                if each not in found and match.accepts(text):
                    found.add(each)
        return frozenset(found)


def _is_found(match: LocalMatch) -> bool:
    """Return whether every post that a filter takes holds one of its keys."""
    wanted = match.filter
    if not wanted.words or wanted.boxes:
        return False
    return all(_key_of(term, wanted.any_order)[0] is not None for term in wanted.words)


def _key_of(term: str, any_order: bool) -> tuple[str | None, bool]:
    """Return a key that every post with a term holds, and whether the key is the whole term."""
    parts = parts_of(term) if any_order else ()
    if len(parts) > 1:
        return next(filter(None, map(_key, parts)), None), False
    key = _key(term)
    return key, _tag_of(term) is not None or words(term) == [key]


def _key(term: str) -> str | None:
    name = _tag_of(term)
    return _folded(term)[:1] + name if name is not None else max(words(term), key=len, default=None)


def _spoken(wanted: Filter) -> Test | None:
    languages = {_TODAY.get(code, code).casefold() for code in wanted.languages}
    if not languages:
        return None

    def test(text: PostText) -> bool:
        code = (text.subject.post.lang or "").casefold()
        return code in languages or code.partition("-")[0] in languages

    return test


def _there(wanted: Filter) -> Test | None:
    place = wanted.place
    if place is None:
        return None
    box, country = place.box, place.country if place.is_country else None

    def test(text: PostText) -> bool:
        subject = text.subject
        if country is not None and subject.country is not None:
            return subject.country.upper() == country
        return subject.inside(box)

    return test


def _said(wanted: Filter) -> Test | None:
    """Test all terms at once."""
    if not wanted.terms:
        return None
    boxes = wanted.boxes
    each_of = [parts_of(term) if wanted.any_order else () for term in wanted.words]
    together = [[_Said(part) for part in parts] for parts in each_of if len(parts) > 1]
    alone = _Said(
        *(term for term, parts in zip(wanted.words, each_of, strict=True) if len(parts) < 2)
    )

    def test(text: PostText) -> bool:
        return (
            alone.by(text)
            or any(all(part.by(text) for part in parts) for parts in together)
            or any(map(text.subject.inside, boxes))
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
            sign, name = _folded(term)[:1], _tag_of(term)
            found = words(term)
            if name is not None:
                self._tagged.setdefault(sign, set()).add(name)
            elif len(found) == 1:
                self._single.add(found[0])
            elif found:
                self._phrases.append(_line(found))
            else:
                self._odd.append(term.casefold())  # a sign that is no word, such as ©

    def by(self, text: PostText) -> bool:
        """Return whether a post holds any of them."""
        return (
            not self._single.isdisjoint(text.found)
            or _any_in(self._phrases, text.line)
            or any(
                not names.isdisjoint(_tags(sign, text.text)) for sign, names in self._tagged.items()
            )
            or (bool(self._odd) and _any_in(self._odd, text.text.casefold()))
        )


def _tag_of(term: str) -> str | None:
    """Return the name in a term that is a hashtag, a handle or a cashtag, and nothing else."""
    pattern = _TAGGED.get(_folded(term)[:1])
    whole = pattern.fullmatch(_folded(term)) if pattern else None
    return whole[1] if whole else None


def _tags(sign: str, text: str) -> list[str]:
    return _TAGGED[sign].findall(_folded(text)) if sign in text or not text.isascii() else []


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _line(found: list[str]) -> str:
    return f" {' '.join(found)} "


def _any_in(wanted: list[str], text: str) -> bool:
    return any(each in text for each in wanted)
