"""Splits a post into lower-case tokens: words, hashtags, emoticons, emoji, punctuation."""

import html
import re

# Links and @names match outside the group, so findall() yields "" for them: they say who and
# where, not how the writer feels, and they would tie the model to people.
_TOKEN = re.compile(
    r"(?:https?(?:://\S*|\b)|www\.\S+|@\w+)"
    r"|(#?[^\W_]+(?:['_][^\W_]+)*"  # words and hashtags: don't, #ThrowBack_Thursday
    r"|[:;=]['^o-]?[()\[\]dp/\\|*3oc<>{}]+(?![^\W_])|<3+|</3|[)(/]['-]?[:;=]"  # emoticons
    r"|!+|\?+|\.\.+"  # runs of emphasis; a lone full stop says nothing
    r"|[^\w\s.,\"'@#&\ufe00-\ufe0f\u200b-\u200f\u2028-\u202f\U0001f3fb-\U0001f3ff])"
)
# The longest post that X lets anybody write; what is longer is no post, and must cost no more.
_LONGEST = 25_000
_REPEATS = re.compile(r"(.)\1{2,}", re.DOTALL)


def tokens(text: str) -> list[str]:
    """Lower-case tokens of `text` (of its first 25,000 characters), without links and @names."""
    text = text[:_LONGEST]
    if "&" in text:
        text = html.unescape(text)
    if "\u2019" in text:
        text = text.replace("\u2019", "'")
    return list(filter(None, _TOKEN.findall(text.lower())))


def squeeze(token: str) -> str:
    """`token` with runs of one character cut to two: `soooo` and `sooo` become `soo`."""
    return _REPEATS.sub(r"\1\1", token)
