"""Sentences that deny, wish, ask or mock, which teach what sets of real posts have too few of.

Words and templates are in made_up_sentences.toml. None of them is one of models.behaviour_cases, by
which models are judged.
"""

import random
import string
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

PARTS = Path(__file__).with_suffix(".toml")
Shares = tuple[float, float, float]
"""What a post is worth for negative, neutral and positive; sums to 1."""
_EACH = 35  # posts of a template
# Denials need more: what they do to words of opinion is against what these mean in all other posts.
_EACH_DENIAL = 60
_DRESSES = ("{}", "{}", "{}", "{}!", "{}.", "honestly {}", "@ada {}", "{} https://t.co/a", "tbh {}")


class MadeUpSentence(NamedTuple):
    """A text, its kind, the template that it was made from, and its share of each label."""

    kind: str
    template: str
    text: str
    shares: Shares


class SentenceKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What sentences of one kind are worth, and how they are built from words."""

    name: str
    shares: Shares
    templates: tuple[str, ...]


class SentenceParts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words for each slot, and the kinds of sentences."""

    words: Mapping[str, Sequence[str]]
    kinds: Sequence[SentenceKind]


@cache
def sentence_parts() -> SentenceParts:
    """Return what sentences are made of."""
    return msgspec.toml.decode(PARTS.read_bytes(), type=SentenceParts)


def made_up_sentences(times: int = 1) -> list[MadeUpSentence]:
    """Return the sentences, the same at each call; some carry a mention, a link, or capitals.

    There are 35 of each template, and 60 of denials, times `times`, but for those that come twice.
    """
    dice = random.Random(5)  # noqa: S311
    parts = sentence_parts()
    found: dict[str, MadeUpSentence] = {}
    for kind in parts.kinds:
        for template in kind.templates:
            slots = [name for _, name, _, _ in string.Formatter().parse(template) if name]
            for _ in range(times * (_EACH_DENIAL if kind.name.startswith("negated") else _EACH)):
                text = template.format(**{slot: dice.choice(parts.words[slot]) for slot in slots})
                text = dice.choice(_DRESSES).format(text)
                if dice.random() < 0.1:
                    text = text.upper()
                found.setdefault(text, MadeUpSentence(kind.name, template, text, kind.shares))
    return list(found.values())
