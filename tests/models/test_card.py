"""The model card tells of the artefact that is shipped."""

from pathlib import Path

import models
from models.measures import ConfidenceInterval

DOCS = Path(models.__file__).parents[1] / "docs"
CARD = (DOCS / "model-card.md").read_text(encoding="utf-8")


def test_the_card_names_the_shipped_version() -> None:
    assert f"`{models.load().version}`" in CARD


def test_the_card_has_the_figures_of_the_shipped_artefact() -> None:
    for figures in models.load().card()["metrics"].values():
        assert str(ConfidenceInterval(*figures["macro_recall"])) in CARD
        assert str(ConfidenceInterval(*figures["accuracy"])) in CARD


def test_the_cards_picture_is_there() -> None:
    assert "(sentiment.png)" in CARD
    assert (DOCS / "sentiment.png").read_bytes().startswith(b"\x89PNG")
