"""What a stream asks its source for, and what may be asked."""

import re
import unicodedata
from typing import Self

import msgspec

from streams.box import Box
from streams.geo_keyword import box_of, is_geo, plain_geo
from streams.place import Place

MAX_TERM = 256
"""Characters in a word or keyword; X rules hold 1,024 in all."""
MAX_KEYWORDS = 100
_COUNTRY = re.compile(r"[A-Z]{2}")
_ACCOUNT = re.compile(r"from:@?([a-z0-9_][a-z0-9_.:@-]*)")
LANGUAGES = frozenset(
    "am ar bg bn bo bs ca ckb cs cy da de dv el en es et eu fa fi fr gu he hi hr ht hu hy id in"
    " is it iw ja ka km kn ko lo lt lv ml mr my ne nl no or pa pl ps pt ro ru sd si sk sl sr sv ta"
    " te th tl tr ug uk ur vi zh zh-CN zh-TW".split()
)
"""Codes that the `lang:` operator knows (X: operators page), and today's names of two of them."""


class FilterError(ValueError):
    """A filter that cannot be used: `field` is what to mend, `code` is for programs."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class Filter(msgspec.Struct, frozen=True):
    """Posts that hold `word` or any of `keywords`, in any of `languages`, inside `place`.

    A keyword `geo: west south east north` is a box: a post that lies in it will do as well. A term
    `from:handle` asks for the posts of an account, by its handle or id. A term of several words is
    a phrase or, with `any_order`, asks for all of them wherever they stand.
    """

    word: str = ""
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    place: Place | None = None
    any_order: bool = False

    @property
    def terms(self) -> tuple[str, ...]:
        """The word and the keywords, each once, in the order given."""
        return tuple(dict.fromkeys(term for term in (self.word, *self.keywords) if term))

    @property
    def words(self) -> tuple[str, ...]:
        """The terms that a post may hold."""
        return tuple(term for term in self.terms if not is_geo(term))

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The terms that a post may lie in; raises ValueError for one that is no box."""
        return tuple(dict.fromkeys(box_of(term) for term in self.terms if is_geo(term)))

    def checked(self, *, may_be_empty: bool = False) -> Self:
        """Return the filter with its terms trimmed, or raise FilterError for the first fault.

        A live source must be asked for something; what is at hand already may be wanted whole.
        """
        word = _term("word", self.word)
        if len(self.keywords) > MAX_KEYWORDS:
            raise FilterError("keywords", "too_many", f"give at most {MAX_KEYWORDS} keywords")
        keywords = tuple(filter(None, map(checked_keyword, self.keywords)))
        for language in self.languages:
            if language not in LANGUAGES:
                raise FilterError(
                    "languages", "unknown_language", f"{language[:20]!r} is not a language code"
                )
        if not word and not keywords and self.place is None and not may_be_empty:
            raise FilterError("word", "empty_filter", "give a word to look for, a place, or both")
        if self.place is not None:
            _check_place(self.place)
        return msgspec.structs.replace(
            self, word=word, keywords=keywords, languages=tuple(dict.fromkeys(self.languages))
        )


def checked_keyword(term: str) -> str:
    """Return a keyword as it is kept; raises FilterError that says which one it is about."""
    try:
        return _term("keywords", term)
    except FilterError as error:
        raise FilterError(error.field, error.code, f"{term[:40]!r}: {error}") from None


def parts_of(term: str) -> tuple[str, ...]:
    """Return the words of a term that can be looked for, each once."""
    return tuple(dict.fromkeys(part for part in term.split() if any(map(_searchable, part))))


def account_of(term: str) -> str | None:
    """Return the handle or id in a term `from:handle`, in lower case; None for other terms."""
    found = _ACCOUNT.fullmatch(term.lower())
    return found[1] if found else None


def _term(field: str, term: str) -> str:
    term = " ".join(term.split())
    if len(term) > MAX_TERM:
        raise FilterError(field, "too_long", f"a term has at most {MAX_TERM} characters")
    if is_geo(term):
        try:
            return plain_geo(term)
        except ValueError as error:
            raise FilterError(field, "bad_box", str(error)) from None
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in term):
        raise FilterError(field, "control_character", "a term cannot hold control characters")
    if '"' in term:
        raise FilterError(field, "quote", 'a term cannot hold the character "')
    if term and not any(_searchable(character) for character in term):
        raise FilterError(
            field, "not_searchable", "a term needs a letter, a digit or an emoji to look for"
        )
    return term


def _check_place(place: Place) -> None:
    """Refuse what a rule or a page could choke on, whoever made the place."""
    box = place.box
    try:
        Box.of(box.west, box.south, box.east, box.north)
    except ValueError as error:
        raise FilterError("place", "bad_box", str(error)) from None
    if place.country is not None and not _COUNTRY.fullmatch(place.country):
        raise FilterError("place", "bad_country", "a country is two capital letters, as in ES")
    if len(place.name) > MAX_TERM:
        raise FilterError(
            "place", "too_long", f"the name of a place has at most {MAX_TERM} characters"
        )


def _searchable(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "So"
