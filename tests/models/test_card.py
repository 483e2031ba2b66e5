"""The model card tells of the artefact that is shipped."""

from pathlib import Path

import pytest

import models
from models.measures import ConfidenceInterval
from models.taggers import SHIPPED_TAGGERS, folder_of

DOCS = Path(models.__file__).parents[1] / "docs"
CARDS = {"sentiment": "model-card.md", "emotion": "model-card-emotion.md"}


@pytest.mark.parametrize("name", SHIPPED_TAGGERS)
def test_the_card_of_each_tagger_has_its_version_and_its_figures(name: str) -> None:
    model = models.load(folder_of(name))
    card = (DOCS / CARDS[name]).read_text(encoding="utf-8")
    assert f"`{model.version}`" in card
    for figures in model.card()["metrics"].values():
        assert str(ConfidenceInterval(*figures["macro_recall"])) in card
        assert str(ConfidenceInterval(*figures["accuracy"])) in card


def test_the_card_has_the_version_and_the_figures_of_the_accurate_model() -> None:
    model = models.load_accurate()
    card = (DOCS / CARDS["sentiment"]).read_text(encoding="utf-8")
    assert f"`{model.version}`" in card
    for figures in model.card()["metrics"].values():
        assert str(ConfidenceInterval(*figures["macro_recall"])) in card
        assert str(ConfidenceInterval(*figures["accuracy"])) in card


def test_the_cards_picture_is_there() -> None:
    assert "(sentiment.png)" in (DOCS / CARDS["sentiment"]).read_text(encoding="utf-8")
    assert (DOCS / "sentiment.png").read_bytes().startswith(b"\x89PNG")
