"""Text into tokens, the way X's rules see it: split at punctuation, without regard to case."""

import re
import unicodedata

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
EMOJI = "\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff"
# Marks, joiners and variation selectors belong to the character before them.
_TAIL = "\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff"
_TOKEN = re.compile(
    rf"[{_CJK}]|(?:[^\W{_CJK}]|[\u0300-\u036f])+|[\U0001f1e6-\U0001f1ff]{{2}}|[{EMOJI}][{_TAIL}]*"
)
_PLAIN = re.compile(r"\w+", re.ASCII)
_VARIANT = str.maketrans("", "", "\ufe0e\ufe0f")


def tokens(text: str, fold_accents: bool = False) -> list[str]:
    """Split a text into its tokens: words, single CJK characters, emoji.

    Accents count unless `fold_accents` is set: the stream keeps them apart, search does not.
    """
    if text.isascii():
        return _PLAIN.findall(text.lower())
    text = unicodedata.normalize("NFKC", text).translate(_VARIANT)
    if fold_accents:
        split = unicodedata.normalize("NFD", text)
        text = "".join(c for c in split if not unicodedata.combining(c))
    return _TOKEN.findall(text.lower())
