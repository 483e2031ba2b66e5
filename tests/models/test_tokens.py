"""Styled, stretched and joined words are read as the plain words that they stand for."""

import pytest

from models.tokens import KnownWords, tokens

KNOWN = dict.fromkeys("love this great day soo good amazing #gameday never again".split(), 5.0)


@pytest.mark.parametrize(
    "text",
    [
        "love this",
        "LOVE THIS",
        "𝓵𝓸𝓿𝓮 𝓽𝓱𝓲𝓼",
        "𝐋𝐎𝐕𝐄 𝐓𝐇𝐈𝐒",
        "ｌｏｖｅ ｔｈｉｓ",
        "ⓛⓞⓥⓔ ⓣⓗⓘⓢ",
        "🅛🅞🅥🅔 🅣🅗🅘🅢",
        "🅻🅾🆅🅴 🆃🅷🅸🆂",
        "ʟᴏᴠᴇ ᴛʜɪꜱ",
        "l\u0336o\u0336v\u0336e\u0336 this",
        "\U0001f1eb\U0001f1f7 love this \U0001f3f3\ufe0f @ada https://t.co/abc",
    ],
)
def test_letters_are_read_whatever_their_style(text: str) -> None:
    assert tokens(text) == ["love", "this"]


def test_an_accent_that_makes_a_letter_of_its_own_stays() -> None:
    assert tokens("cafe\u0301") == tokens("café") == ["café"]


def test_a_post_does_not_grow_when_its_letters_are_made_plain() -> None:
    assert sum(map(len, tokens("\ufdfa" * 25_000))) <= 25_000


@pytest.mark.parametrize("text", ["👍", "👍🏻", "👍🏿", "👍\ufe0f"])
def test_skin_tones_and_variation_selectors_make_no_difference(text: str) -> None:
    assert tokens(text) == ["👍"]


@pytest.mark.parametrize("text", ["🇺🇸", "🇯🇵🇰🇷", "🏴\U000e0067\U000e0062\U000e007f", "🏳️"])
def test_flags_are_no_tokens(text: str) -> None:
    assert tokens(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sooooo good", ["soo", "good"]),
        ("gooood", ["good"]),
        ("amaaaazing", ["amazing"]),
        ("loooove", ["love"]),
        ("zzzzip", ["zzip"]),
        ("10000", ["100"]),
        ("#love", ["love"]),
        ("#GameDay", ["#gameday"]),
        ("#gameeday", ["#gameeday"]),
        ("#LoveThis!", ["love", "this", "!"]),
        ("#never_again", ["never", "again"]),
        ("#lovexqthis", ["#lovexqthis"]),
        ("#" + "love" * 10, ["love"] * 10),
        ("#" + "love" * 20, ["#" + "love" * 20]),
        ("#", []),
    ],
)
def test_an_unknown_token_becomes_the_known_words_that_it_consists_of(
    text: str, words: list[str]
) -> None:
    assert KnownWords(KNOWN).words(text) == words
