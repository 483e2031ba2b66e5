"""Spelling that does not matter: case, accents, punctuation, and Saint for St."""

import re
import unicodedata

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_MARKS = re.compile(r"['’ʻ`´.]")
_BREAKS = re.compile(r"[\W_]+")
_SAINT = re.compile(r"\bst\b")


def fold(text: str) -> str:
    """Return the key of a name: lower-case letters and digits with single blanks between."""
    text = text.casefold()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    text = _BREAKS.sub(" ", _MARKS.sub("", text)).strip()
    return _SAINT.sub("saint", text) if "st" in text else text
