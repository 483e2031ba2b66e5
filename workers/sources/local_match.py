"""Matching a filter here, where no platform does it: words as X's rules see them."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Protocol

import msgspec

from streams.box import Box
from streams.filter import Filter, account_of, parts_of
from streams.post import Post
from streams.tokens import BREAK, SIGNS, folded, line_of, tag_of, tagged, tokens

FROM = "from:"


class MatchablePost(Protocol):
    """What filters look at, whatever the platform."""

    @property
    def post(self) -> Post:
        """The text, the language and the author."""

    @property
    def more(self) -> tuple[str, ...]:
        """What is searched besides: links in their full form, hidden hashtags, a quoted post."""

    @property
    def entities(self) -> frozenset[str] | None:
        """Hashtags, handles and cashtags that the platform recognised, signs included."""

    @property
    def names(self) -> tuple[str, ...]:
        """Other handles by which the author may be called."""

    @property
    def country(self) -> str | None:
        """The two-letter code of the country that the post names."""

    def inside(self, box: Box) -> bool:
        """Return whether the post lies in a box."""


class PostText:
    """The text of one post, split a single time for all filters."""

    def __init__(self, subject: MatchablePost) -> None:
        self.subject = subject
        self.found = tokens(subject.post.text)
        for text in subject.more:
            self.found += (BREAK, *tokens(text))

    @cached_property
    def line(self) -> str:
        """The words with blanks around each, to look phrases up in."""
        return line_of(self.found)

    @cached_property
    def raw(self) -> str:
        """All that is searched, in lower case, to look up signs that are no words."""
        return folded(BREAK.join((self.subject.post.text, *self.subject.more)))

    @cached_property
    def keys(self) -> set[str]:
        """The words, the names with their signs, and the author after `from:`."""
        keys = set(self.found)
        author = self.subject.post.author
        if author is not None:
            keys.add(FROM + author.id.lower())
            if author.handle:
                keys.add(FROM + author.handle.lower())
            keys.update([FROM + name.lower() for name in self.subject.names])
        if self.subject.entities is not None:
            return keys | self.subject.entities
        for text in (self.subject.post.text, *self.subject.more):
            for sign in SIGNS:
                if names := tagged(sign, text):
                    keys.update([sign + name for name in names])
        return keys


class MatchedTerm(msgspec.Struct, frozen=True):
    """A term, compiled: a post must hold all of the keys, the phrases and the bare signs."""

    keys: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()

    @property
    def key(self) -> str | None:
        """The key to find the term by: the longest is the rarest, as a rule."""
        return max(self.keys, key=len, default=None)

    @property
    def is_key(self) -> bool:
        """Whether a post that holds the key holds the term."""
        return len(self.keys) == 1 and not self.phrases and not self.signs

    def matches(self, text: PostText) -> bool:
        """Return whether a post holds the term."""
        return (
            self.keys <= text.keys
            and all(phrase in text.line for phrase in self.phrases)
            and all(sign in text.raw for sign in self.signs)
        )


class LocalMatch:
    """A filter, compiled: whether posts hold any of its terms, in its languages and its place."""

    def __init__(self, wanted: Filter) -> None:
        self.terms = tuple(_term(each, wanted.any_order) for each in wanted.words)
        self.boxes = wanted.boxes
        self._whole = frozenset(key for each in self.terms if each.is_key and (key := each.key))
        self._rest = tuple(each for each in self.terms if not each.is_key)
        self.around = tuple(test for test in (_spoken(wanted), _there(wanted)) if test)
        """Tests of the language and the place."""

    @property
    def accounts(self) -> frozenset[str]:
        """The handles and ids after `from:`."""
        keys = (key for term in self.terms for key in term.keys)
        return frozenset(key.removeprefix(FROM) for key in keys if key.startswith(FROM))

    def matches(self, subject: MatchablePost) -> bool:
        """Return whether a post is wanted; an empty filter wants all."""
        return self.accepts(PostText(subject))

    def accepts(self, text: PostText) -> bool:
        """Return whether a post whose text is split already is wanted."""
        return self.suits(text) and (
            not (self.terms or self.boxes)
            or not self._whole.isdisjoint(text.keys)
            or any(each.matches(text) for each in self._rest)
            or any(map(text.subject.inside, self.boxes))
        )

    def suits(self, text: PostText) -> bool:
        """Return whether the language and the place of a post are wanted, whatever it says."""
        return not self.around or all(test(text) for test in self.around)


class KeyedTerms:
    """What is to be done when a post holds one key."""

    __slots__ = ("certain", "phrases", "possible")

    def __init__(self) -> None:
        self.certain: frozenset[str] = frozenset()
        """Streams that want the post whatever else it holds."""
        self.phrases: dict[str, frozenset[str]] = {}
        """Streams that want the post if it holds a phrase."""
        self.possible: list[tuple[str, MatchedTerm, LocalMatch]] = []
        """Streams that want the post if it holds a term and suits the filter."""

    def add(self, stream_id: str, term: MatchedTerm, match: LocalMatch) -> None:
        """Add a term of a stream's filter."""
        is_phrase = len(term.keys) == 1 and len(term.phrases) == 1 and not term.signs
        if match.around or not (term.is_key or is_phrase):
            self.possible.append((stream_id, term, match))
        elif term.is_key:
            self.certain |= {stream_id}
        else:
            phrase = term.phrases[0]
            self.phrases[phrase] = self.phrases.get(phrase, frozenset()) | {stream_id}


class FilterIndex:
    """Many filters at once: looks up the words of a post, and tests only terms that hold one.

    A filter without words, or with a box or a bare sign such as ©, is tested with every post.
    """

    def __init__(self, filters: Mapping[str, LocalMatch]) -> None:
        """Index filters by the ids of their streams."""
        self._always: dict[str, LocalMatch] = {}
        self._by_key: dict[str, KeyedTerms] = {}
        for stream_id, match in filters.items():
            keyed = [(each.key, each) for each in match.terms]
            if match.boxes or not keyed or not all(key for key, _ in keyed):
                self._always[stream_id] = match
                continue
            for key, term in keyed:
                if key is not None:
                    self._by_key.setdefault(key, KeyedTerms()).add(stream_id, term, match)

    def matching(self, subject: MatchablePost) -> frozenset[str]:
        """Return the ids of the streams that a post is for."""
        text = PostText(subject)
        found = {each for each, match in self._always.items() if match.accepts(text)}
        by_key = self._by_key
        for key in by_key.keys() & text.keys:
            terms = by_key[key]
            if terms.certain:
                found |= terms.certain
            for phrase, streams in terms.phrases.items():
                if phrase in text.line:
                    found |= streams
            for stream_id, term, match in terms.possible:
                if stream_id not in found and term.matches(text) and match.suits(text):
                    found.add(stream_id)
        return frozenset(found)


Test = Callable[[PostText], bool]
_TODAY = {"iw": "he", "in": "id"}


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


def _term(term: str, any_order: bool) -> MatchedTerm:
    parts = parts_of(term) if any_order else ()
    return _joined(map(_part, parts)) if len(parts) > 1 else _part(term)


def _part(term: str) -> MatchedTerm:
    """Compile what stands together: a name, a word, a phrase, or a sign that is no word."""
    if account := account_of(term):
        return MatchedTerm(frozenset([FROM + account]))
    if tag := tag_of(term):
        return MatchedTerm(frozenset([tag]))
    found = tokens(term)
    if not found:
        return MatchedTerm(signs=(folded(term),))
    key = frozenset([max(found, key=len)])
    return MatchedTerm(key, (line_of(found),) if len(found) > 1 else ())


def _joined(parts: Iterable[MatchedTerm]) -> MatchedTerm:
    """Return the term that asks for all of several."""
    each = list(parts)
    keys = frozenset[str]().union(*(part.keys for part in each))
    phrases = tuple(phrase for part in each for phrase in part.phrases)
    return MatchedTerm(keys, phrases, tuple(sign for part in each for sign in part.signs))
