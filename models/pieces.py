"""Splits a post into the word pieces that the transformer reads."""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import inf, log

from models.tokens import SHORT_WORDS, plain

LONGEST_INPUT = 72
"""Pieces of a post that the transformer reads, its two marks included."""
_CHARACTERS = 2000  # more can hardly be fewer than 72 pieces, and must cost no more
_PADDING, _UNKNOWN, _START, _END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
_LONGEST_WORD = 100
_LONGEST_HASHTAG = 60
_LONGEST_PART = 14  # letters of a word in a hashtag
_DOUBLE = re.compile(r"([^\W\d_])\1")
_SKIN_TONES = dict.fromkeys(range(0x1F3FB, 0x1F400), "")
_EMOJI = re.compile("([\u2600-\u27bf\U0001f300-\U0001faff])(?:\ufe0f?\\1)*\ufe0f?")
# Words of emoji names that say nothing, or something else than the sign: a heavy black heart.
_IDLE_NAMES = frozenset("face with of heavy black white sign symbol".split())
_SPOKEN = [
    (re.compile(r"(?<!\w)[:;=]['^o-]?[)\]d>}3]+(?!\w)"), " smile "),
    (re.compile(r"(?<!\w)[:;=]['^o-]?[(\[\\/|<{c]+(?!\w)"), " sad "),
    (re.compile(r"<3+"), " love "),
    (re.compile(r"(?<!\w)[:;=]-?p(?!\w)"), " grin "),
    (re.compile(r"https?://\S*"), " http "),
    (re.compile(r"(?:@\w+\s*)+"), "@ "),
    (re.compile(r"(.)\1{2,}"), r"\1\1"),
]


def spell_out(text: str) -> str:
    """Spell emoji and emoticons out in words, the form that the transformer was trained on."""
    text = html.unescape(text).lower().replace("\u2019", "'")
    text = _EMOJI.sub(lambda found: _spoken(found[1]), text)
    for pattern, words in _SPOKEN:
        text = pattern.sub(words, text)
    return text.replace("#", " # ")


@lru_cache(maxsize=5_000)
def _spoken(emoji: str) -> str:
    """Return the words of an emoji, of which a row counts as one, since each costs time."""
    words = unicodedata.name(emoji, "").lower().split()
    return f" {' '.join(word for word in words if word not in _IDLE_NAMES)} "


class WordPieces:
    """Turns posts into numbers of pieces; the words are split greedily, longest piece first."""

    def __init__(self, pieces: Sequence[str]) -> None:
        """`pieces` is the vocabulary, in the order of the network's rows; raises ValueError."""
        self._place = {piece: number for number, piece in enumerate(pieces)}
        for mark in (_PADDING, _UNKNOWN, _START, _END):
            if mark not in self._place:
                raise ValueError(f"the pieces lack {mark}")
        self._marks = self._place[_START], self._place[_END]
        self.padding, self.unknown = self._place[_PADDING], self._place[_UNKNOWN]
        self._split = lru_cache(maxsize=50_000)(self._find_pieces)
        self._split_hashtag = lru_cache(maxsize=20_000)(self._find_hashtag)

    def numbers(self, text: str) -> list[int]:
        """Return the pieces of a post between the two marks, LONGEST_INPUT at most."""
        text = text[:_CHARACTERS]
        if not text.isascii():
            text = plain(text)[:_CHARACTERS].translate(_SKIN_TONES)
        return self.numbers_of_spelled(spell_out(text))

    def numbers_of_spelled(self, text: str) -> list[int]:
        """Return the pieces of a text that `spell_out` made."""
        start, end = self._marks
        found: list[int] = [start]
        is_hashtag = False
        for word in _words(text):
            if word == "#":
                is_hashtag = True
                continue
            found += self._split_hashtag(word) if is_hashtag else self._split(word)
            is_hashtag = False
            if len(found) >= LONGEST_INPUT:
                break
        return [*found[: LONGEST_INPUT - 1], end]

    def _find_hashtag(self, hashtag: str) -> tuple[int, ...]:
        """Return the known words that spell a hashtag, the most usual ones, or else its pieces."""
        # Usual words come first in the vocabulary, so the logarithm of the place is the price.
        best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
        if hashtag in self._place or len(hashtag) > _LONGEST_HASHTAG:
            return self._split(hashtag)
        for stop in range(1, len(hashtag) + 1):
            found: tuple[float, tuple[int, ...]] = (inf, ())
            for start in range(max(0, stop - _LONGEST_PART), stop):
                part, (price, before) = hashtag[start:stop], best[start]
                number = self._place.get(part)
                if number is not None and price < inf and (len(part) > 2 or part in SHORT_WORDS):
                    found = min(found, (price + log(number + 2), (*before, number)))
            best.append(found)
        return best[-1][1] or self._split(hashtag)

    def _find_pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST_WORD:
            return (self.unknown,)
        word = self._unstretched(word)
        found, start = [], 0
        while start < len(word):
            for stop in range(len(word), start, -1):
                piece = word[start:stop] if start == 0 else "##" + word[start:stop]
                if (number := self._place.get(piece)) is not None:
                    found.append(number)
                    start = stop
                    break
            else:
                return (self.unknown,)
        return tuple(found)

    def _unstretched(self, word: str) -> str:
        """Return the known word that `word` is once some double letters are single, or itself."""
        if word in self._place or not 0 < len(_DOUBLE.findall(word)) <= 4:
            return word
        parts = _DOUBLE.split(word)  # text, letter, text, letter, ..., text
        doubles = product(*([each * 2, each] for each in parts[1::2]))
        for letters in sorted(doubles, key=lambda each: -len("".join(each))):
            pairs = zip(parts[::2], (*letters, ""), strict=True)
            if (plainer := "".join(map("".join, pairs))) in self._place:
                return plainer
        return word


def _words(text: str) -> Iterator[str]:
    """Yield runs of letters and digits, and signs one by one; accents and controls are dropped."""
    if not text.isascii():
        text = unicodedata.normalize("NFD", text)
    for run in text.split():
        word = ""
        for sign in run:
            kind = "L" if sign.isascii() and sign.isalnum() else unicodedata.category(sign)
            if kind == "Mn" or kind[0] == "C" or sign == "\ufffd":
                continue
            if kind[0] == "P" or (sign.isascii() and kind != "L") or _is_ideograph(sign):
                if word:
                    yield word
                yield sign
                word = ""
            else:
                word += sign
        if word:
            yield word


def _is_ideograph(sign: str) -> bool:
    return "\u3400" <= sign <= "\u9fff" or "\uf900" <= sign <= "\ufaff" or sign >= "\U00020000"
