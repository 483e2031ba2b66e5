"""Models that the tests of this folder share."""

from functools import cache
from pathlib import Path

import pytest

from models.accurate_model import AnyModel, load_any
from workers.export import cli


@pytest.fixture
def shared_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load each model once for all exports: that takes longer than a small export itself."""
    monkeypatch.setattr(cli, "load_any", _loaded)


@cache
def _loaded(folder: Path | None) -> AnyModel:
    return load_any(folder)
