"""The accurate model gives the answers of a hierarchy, and refuses what it was not made of."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import models
from models import AccurateModel, ArtefactError, load_accurate, load_any
from models.accurate_model import ACCURATE
from models.artefact import MANIFEST
from models.explain import explain
from models.pieces import LONGEST_INPUT, WordPieces, spell_out

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "lov", "##ly", "love", "cafe", "!", "http", "#"]


@pytest.fixture(scope="module")
def accurate() -> AccurateModel:
    return load_accurate()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ACCURATE, tmp_path / "accurate"))


def test_it_answers_as_the_fast_model_does_and_says_which_it_is(accurate: AccurateModel) -> None:
    fast = models.load()
    texts = ["I love this, so happy", "I hate this, awful and sad", "The train leaves at nine"]
    said = accurate.predict(texts)
    assert [each.label for each in said] == ["positive", "negative", "neutral"]
    assert [each.path for each in said] == [each.path for each in fast.predict(texts)]
    assert {each.model for each in said} == {accurate.version} != {fast.version}
    assert all(0.5 < each.confidence <= 1 for each in said)
    assert accurate.labels == fast.labels
    assert accurate.card()["labels"] == list(fast.labels)


def test_it_understands_a_denial_of_blame(accurate: AccurateModel) -> None:
    assert accurate.predict(["not bad at all"])[0].label == "positive"


def test_posts_come_back_in_their_order_whatever_their_length(accurate: AccurateModel) -> None:
    texts = [" ".join(["I hate this"] * n) if n % 2 else "I love it" for n in range(1, 30)]
    wanted = ["negative" if n % 2 else "positive" for n in range(1, 30)]
    assert [each.label for each in accurate.predict(texts)] == wanted
    assert accurate.predict([]) == []


@pytest.mark.parametrize("text", ["", "   ", "@bob https://t.co/x", "\U0001f1e9\U0001f1ea"])
def test_a_post_that_says_nothing_is_unknown(accurate: AccurateModel, text: str) -> None:
    [said] = accurate.predict([text])
    assert (said.label, said.path, said.confidence) == ("unknown", "", 0.0)


def test_a_post_in_another_language_is_unknown(accurate: AccurateModel) -> None:
    said = accurate.predict(["I love this"] * 4, ["es", "en-GB", None, "und"])
    assert [each.label for each in said] == ["unknown", "positive", "positive", "positive"]
    with pytest.raises(ValueError, match="2 texts but 1 languages"):
        accurate.predict(["a", "b"], ["en"])


def test_the_chances_of_the_leaves_sum_to_one(accurate: AccurateModel) -> None:
    chances = accurate.text_chances(["fine", "x" * 100_000, "\ud800 \x00 \U0001f600"])
    assert chances.shape == (3, 3)
    assert np.allclose(chances.sum(axis=1), 1)


def test_below_the_threshold_a_post_is_unknown() -> None:
    assert load_accurate(threshold=1.0).predict(["I love this"])[0].label == "unknown"


def test_the_words_that_weigh_most_are_told(accurate: AccurateModel) -> None:
    reasons = explain(accurate, "the bus is late and I hate it")
    first = next(each for each in reasons if each.node == "sentiment")
    assert (first.token, first.towards) == ("hate", "negative")
    assert explain(accurate, "https://t.co/x") == []


@pytest.mark.parametrize("suffix", [".onnx", ".txt"])
def test_a_changed_file_is_refused(copied: Path, suffix: str) -> None:
    [path] = copied.glob(f"*{suffix}")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ArtefactError, match="changed: SHA-256"):
        load_accurate(copied)


def test_a_changed_manifest_is_refused(copied: Path) -> None:
    manifest = copied / MANIFEST
    manifest.write_bytes(manifest.read_bytes().replace(b"Apache-2.0", b"Apache-3.0"))
    with pytest.raises(ArtefactError, match="was changed: its SHA-256 does not match"):
        load_accurate(copied)


def test_a_folder_loads_as_the_kind_of_model_that_it_holds(tmp_path: Path) -> None:
    assert isinstance(load_any(ACCURATE), AccurateModel)
    assert not isinstance(load_any(), AccurateModel)
    with pytest.raises(ArtefactError, match="not an accurate model"):
        load_accurate(Path(models.__file__).with_name("sentiment"))
    with pytest.raises(ArtefactError, match="No such file"):
        load_any(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(ArtefactError, match="not a manifest"):
        load_any(tmp_path)


def test_the_artefact_stays_small() -> None:
    assert sum(path.stat().st_size for path in ACCURATE.iterdir()) < 25 << 20


def test_a_process_that_does_not_label_stays_without_the_runtime() -> None:
    code = "import sys, models; models.load(); sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Lovely!", [6, 5, 8]),
        ("CAFÉ", [7]),
        ("ｌｏｖｅ", [6]),
        ("love\u200b", [6]),
        ("#love https://t.co/x", [6, 9]),
        ("strange", [1]),
        ("love" * 40, [1]),
        ("", []),
    ],
)
def test_a_post_is_split_into_known_pieces(text: str, pieces: list[int]) -> None:
    assert WordPieces(VOCABULARY).numbers(text) == [2, *pieces, 3]


def test_a_long_post_is_cut() -> None:
    pieces = WordPieces(VOCABULARY).numbers("love " * 5000)
    assert len(pieces) == LONGEST_INPUT
    assert pieces[-1] == 3


def test_pieces_without_the_marks_are_refused() -> None:
    with pytest.raises(ValueError, match=r"lack \[PAD\]"):
        WordPieces(["love"])


@pytest.mark.parametrize("emoji", ["\u2764", "\u2764\ufe0f", "\u2764" * 3, "\u2764\ufe0f" * 2])
def test_a_row_of_one_emoji_is_read_once_and_by_the_words_that_say_something(emoji: str) -> None:
    assert spell_out(emoji).split() == ["heart"]


def words(text: str) -> list[str]:
    known = [*VOCABULARY, "super", "##b", "superb", "never", "again", "so", "soon", "on", "ag"]
    return [known[number] for number in WordPieces(known).numbers(text)[1:-1]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("supeeeerb", ["superb"]),
        ("SUPPPPERRRRB", ["superb"]),
        ("#NeverAgain", ["never", "again"]),
        ("#superb", ["superb"]),
        ("#so", ["so"]),
        ("#soon", ["soon"]),
        ("#superbag", ["[UNK]"]),  # two letters are a word only if it is usual
    ],
)
def test_stretched_words_and_hashtags_are_read_as_the_words_they_stand_for(
    text: str, found: list[str]
) -> None:
    assert words(text) == found
