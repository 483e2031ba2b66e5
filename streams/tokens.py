"""A text as filters and rules see it: words without regard to case, and names with a sign.

One implementation for the platforms that Weir filters itself and for the double of X. Facts:
docs.x.com, "Operators" and "PowerTrack operators".
"""

import re
import unicodedata
from collections.abc import Iterator

EMOJI = "\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u25a0-\u25ff\u2600-\u27bf\u2b00-\u2bff"
BREAK = "\0"
"""Stands between texts that no phrase may reach across; no term holds it."""
SIGNS = "#@$"
_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # kana, Han, Hangul
)
"""Scripts that set no blanks between words: each letter is a token, a longer term a phrase."""
_VARIANTS = str.maketrans("", "", "\ufe0e\ufe0f")


def _ranges(characters: Iterator[str]) -> str:
    """Return characters in rising order as the ranges of a regular expression."""
    spans: list[list[str]] = []
    for character in characters:
        if spans and ord(character) == ord(spans[-1][1]) + 1:
            spans[-1][1] = character
        else:
            spans.append([character, character])
    return "".join(f"{first}-{last}" for first, last in spans)


_MARKS = _ranges(
    character
    for character in map(chr, range(0x300, 0x11FFF))
    if unicodedata.category(character) in ("Mn", "Mc")
)
"""Marks belong to the letter before them: without them Hindi has no whole words."""
_TONED = rf"[{EMOJI}][\U0001f3fb-\U0001f3ff]?"
_TOKEN = re.compile(
    rf"[{_ALONE}][{_MARKS}]*|[\U0001f1e6-\U0001f1ff]{{2}}|{_TONED}(?:\u200d{_TONED})*"
    rf"|(?:[^\W{_ALONE}]|[{_MARKS}])+"
)
_PLAIN = re.compile(r"[a-z0-9_]+")
_BEFORE = r"(?<![\w#@$&/])"
_TAGGED = {
    "#": re.compile(rf"{_BEFORE}#((?=[\w{_MARKS}]*[^\W\d_])[\w{_MARKS}]+)"),
    "@": re.compile(rf"{_BEFORE}@([a-z0-9_]{{1,15}})(?![\w@])"),
    "$": re.compile(rf"{_BEFORE}\$([a-z]{{1,6}})(?!\w)"),
}


def tokens(text: str, fold_accents: bool = False) -> list[str]:
    """Split a text into words, emoji, and single letters of scripts without blanks.

    Accents count unless `fold_accents` is set: X's stream keeps them apart, its search does not.
    """
    if text.isascii():
        return _PLAIN.findall(text.lower())
    text = unicodedata.normalize("NFKC", text).translate(_VARIANTS)
    if fold_accents:
        split = unicodedata.normalize("NFD", text)
        text = "".join(each for each in split if not unicodedata.combining(each))
    return _TOKEN.findall(text.lower())


def line_of(found: list[str]) -> str:
    """Return tokens with blanks around each, to look phrases up in."""
    return f" {' '.join(found)} "


def tagged(sign: str, text: str) -> list[str]:
    """Return the names that stand in a text with a sign: hashtags, handles or cashtags."""
    if text.isascii() and sign not in text:
        return []
    return _TAGGED[sign].findall(folded(text))


def tag_of(term: str) -> str | None:
    """Return a term that is a hashtag, a handle or a cashtag, and nothing else, in lower case."""
    term = folded(term)
    pattern = _TAGGED.get(term[:1])
    return term if pattern is not None and pattern.fullmatch(term) else None


def folded(text: str) -> str:
    """Return a text in NFKC and lower case."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()
