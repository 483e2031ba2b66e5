"""Taggers: the shipped ones, a person's own, and the way back to the model before."""

import sys
from pathlib import Path

import pytest

from models import ArtefactError, Taggers, roll_back, train
from models.artefact import load_artefact
from models.command import run
from models.taggers import SHIPPED_TAGGERS
from tests.models.posts import posts, write_tsv

LABELS = {"weather": "rain and wind over the hills", "sport": "a late goal in the second half"}


def train_topic(monkeypatch: pytest.MonkeyPatch, folder: Path, *texts: str) -> str:
    """Train as a person does; returns the version."""
    rows = [f"{label}\t{text} {extra}" for label, text in LABELS.items() for extra in texts]
    (folder / "mine.tsv").write_text("label\ttext\n" + "\n".join(rows) + "\n")
    words = [
        "--tagger",
        "topic",
        "--data",
        str(folder / "mine.tsv"),
        "--out",
        str(folder / "topic"),
    ]
    monkeypatch.setattr(sys, "argv", ["models.train", *words])
    run(train.main)
    return load_artefact(folder / "topic")[0].version


@pytest.mark.parametrize("name", SHIPPED_TAGGERS)
def test_every_shipped_tagger_labels_posts(name: str) -> None:
    model = Taggers().model(name)
    labels = {leaf.label for leaf in model.tree.leaves()}
    assert model.predict(["What a lovely, happy day, thank you"])[0].label in labels


def test_a_tagger_of_ones_own_is_found_trained_again_and_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taggers = Taggers(own=tmp_path)
    with pytest.raises(ArtefactError):
        taggers.model("topic")
    older = train_topic(monkeypatch, tmp_path, "one", "two", "three")
    assert taggers.names() == [*SHIPPED_TAGGERS, "topic"]
    assert taggers.model("topic").predict(["rain over the hills"])[0].label == "weather"
    newer = train_topic(monkeypatch, tmp_path, "four", "five", "six")
    assert newer != older
    for expected in (older, newer):
        monkeypatch.setattr(sys, "argv", ["models.roll_back", "--folder", str(tmp_path / "topic")])
        run(roll_back.main)
        assert load_artefact(tmp_path / "topic")[0].version == expected


def test_ones_own_tagger_takes_the_place_of_a_shipped_one(tmp_path: Path, linear: Path) -> None:
    (tmp_path / "emotion").symlink_to(linear)
    assert Taggers(own=tmp_path).model("emotion").version == load_artefact(linear)[0].version


@pytest.mark.parametrize("name", ["Topic", "../topic", "", "1topic", "x" * 33])
def test_a_name_that_cannot_be_a_folder_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tsv(tmp_path / "posts.tsv", posts())
    words = ["--tagger", name, "--data", str(tmp_path / "posts.tsv")]
    monkeypatch.setattr(sys, "argv", ["models.train", *words])
    with pytest.raises(SystemExit) as stopped:
        run(train.main)
    assert stopped.value.code == 2
    assert "--tagger: use a to z" in capsys.readouterr().err
