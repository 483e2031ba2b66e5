"""Safe text: names that people read must not hide or turn around what they say."""

import unicodedata

_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Marks that reorder the text around them."""


def is_safe_name(text: str) -> bool:
    """Return whether a name has visible text, and no control, line or bidirectional character."""
    return bool(text.strip()) and not any(map(_is_unsafe, text))


def safe_name(text: str) -> str:
    """Return a name that comes from elsewhere without what `is_safe_name` refuses."""
    return "".join(each for each in text if not _is_unsafe(each)).strip()


def _is_unsafe(character: str) -> bool:
    is_control = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
    return is_control or character in _BIDIRECTIONAL
