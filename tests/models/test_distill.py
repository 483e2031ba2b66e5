"""The text that the teacher reads, and the label shares that it wrote."""

from pathlib import Path

import pytest

import models
from models.distill import LABELS
from models.labelled_posts import read_shares
from models.pieces import spell_out

pytestmark = pytest.mark.slow

OPINIONS = Path(models.__file__).with_name("training") / "teacher.tsv.gz"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SOOOO good :)", "soo good smile"),
        ("oh no :( #Fail", "oh no sad # fail"),
        ("@bob @eve see https://t.co/x", "@ see http"),
        ("I &lt;3 it \u2764", "i love it heart"),
        ("can\u2019t \U0001f621", "can't pouting"),
        ("", ""),
    ],
)
def test_emoji_and_emoticons_are_spelled_out(text: str, words: str) -> None:
    assert " ".join(spell_out(text).split()) == words


def test_the_kept_opinions_are_shares_and_no_text() -> None:
    shares = read_shares(OPINIONS, LABELS)
    assert len(shares) > 100_000
    assert all(abs(sum(held) - 1) < 1e-6 for held in shares.values())
    assert all(" " not in post and len(post) < 40 for post in shares)
