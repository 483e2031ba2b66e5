"""Splits a post into lower-case tokens: words, hashtags, emoticons, emoji, punctuation."""

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

# Links and @names match outside the group, so findall() yields "" for them: they say who and
# where, not how the writer feels, and would tie the model to people; flags match nowhere.
_TOKEN = re.compile(
    r"(?:https?(?:://\S*|\b)|www\.\S+|@\w+)"
    r"|(#?[^\W_]+(?:['_][^\W_]+)*"  # words and hashtags: don't, #ThrowBack_Thursday
    r"|[:;=]['^o-]?[()\[\]dp/\\|*3oc<>{}]+(?![^\W_])|<3+|</3|[)(/]['-]?[:;=]"  # emoticons
    r"|!+|\?+|\.\.+"  # runs of emphasis; a lone full stop says nothing
    r"|[^\w\s.,\"'@#&\ufe00-\ufe0f\u200b-\u200f\u2028-\u202f\U0001f3fb-\U0001f3ff"
    r"\U0001f1e6-\U0001f1ff\U0001f3f3\U0001f3f4\U000e0020-\U000e007f])"
)
# The longest post that X lets anybody write; what is longer is no post, and must cost no more.
_LONGEST = 25_000
_REPEATS = re.compile(r"(.)\1{2,}", re.DOTALL)
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
# Letters in disguise that NFKC leaves alone: white on black circles and squares, small capitals.
_STYLED = dict.fromkeys((*range(0x300, 0x370), *range(0x20D0, 0x20E0)), "")
_STYLED |= {start + n: chr(97 + n) for start in (0x1F150, 0x1F170) for n in range(26)}
_STYLED |= dict(zip(map(ord, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"), "abcdefghijklmnoprstuvwyz", strict=True))
# Ranges around the same characters: a class of ranges is found four times as fast.
_MAY_BE_STYLED = re.compile(
    "[\u0300-\u036f\u20d0-\u20df\u0262-\u029f\u1d00-\u1d22\ua730\ua731\U0001f150-\U0001f189]"
)
# The parts of a hashtag: rare ones (in fewer than some ten of 140,000 posts) would split by chance.
_RARE = 10.5
_LONGEST_PART = 12
# Spellings are remembered, so a hashtag as long as a post must not be among them.
_LONGEST_HASHTAG = 60
SHORT_WORDS = frozenset(
    "a am an as at be by do go he i if in is it me my no of on or so to up us we".split()
)


def has_words(text: str) -> bool:
    """Return whether a text holds a word, and not only emoji, hashtags, links and mentions."""
    return any(each[:1].isalpha() for each in tokens(text))


def tokens(text: str) -> list[str]:
    """Return lower-case tokens of the first 25,000 characters, without links, @names and flags."""
    text = text[:_LONGEST]
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = plain(text)
    return list(filter(None, _TOKEN.findall(text.lower())))


def squeeze(token: str) -> str:
    """Cut runs of one character to two: `soooo` and `sooo` become `soo`."""
    return _REPEATS.sub(r"\1\1", token)


def plain(text: str) -> str:
    """Replace styled and full-width letters by the plain ones, and drop marks laid over letters."""
    text = text.replace("\u2019", "'").replace("\u2026", "...")
    if not unicodedata.is_normalized("NFKC", text):
        # Cut again: some characters stand for as many as eighteen.
        text = unicodedata.normalize("NFKC", text)[:_LONGEST]
    return text.translate(_STYLED) if _MAY_BE_STYLED.search(text) else text


class KnownWords:
    """Reads a post with a vocabulary: an unknown token is replaced by known ones it consists of.

    A stretched word becomes its plain form (`amaaazing`: amazing), a hashtag its word or the
    words that it is made of (`#lovethis`: love this). The other unknown tokens stay.
    """

    def __init__(self, vocabulary: Mapping[str, float]) -> None:
        """`vocabulary` holds every known token (n-grams are ignored) and how rare it is."""
        self._known = vocabulary
        self._spell = lru_cache(maxsize=20_000)(self._find_spelling)
        self._parts = SHORT_WORDS | {
            word
            for word, rarity in vocabulary.items()
            if 3 <= len(word) <= _LONGEST_PART and rarity < _RARE and word.isalpha()
        }

    def words(self, text: str) -> list[str]:
        """Return the tokens of `text` in the forms that the vocabulary knows."""
        known, found = self._known, tokens(text)
        unknown = [place for place, token in enumerate(found) if token not in known]
        for place in reversed(unknown):
            token = found[place]
            if token[0] == "#" and len(token) <= _LONGEST_HASHTAG:
                found[place : place + 1] = self._spell(token)
            elif (short := squeeze(token)) != token:
                plain = short if short in known else _STRETCHED.sub(r"\1", token)
                found[place] = plain if plain in known else short
        return found

    def _find_spelling(self, hashtag: str) -> Sequence[str]:
        """Return the known words that spell a hashtag, longest first from the left; else itself."""
        letters, parts = squeeze(hashtag[1:].replace("_", "")), self._parts
        if "#" + letters in self._known:
            return ("#" + letters,)
        if letters in self._known:
            return (letters,)
        words, start, end = [], 0, len(letters)
        while start < end:
            for stop in range(min(start + _LONGEST_PART, end), start, -1):
                if letters[start:stop] in parts:
                    words.append(letters[start:stop])
                    start = stop
                    break
            else:
                return (hashtag,)
        return words
