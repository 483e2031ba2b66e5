"""Small artefacts, trained once a test session."""

from pathlib import Path

import pytest

from models.train import write
from models.tree import Linear, Network, Tree
from tests.models.posts import posts, tree


@pytest.fixture(scope="session", params=["linear", "network"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a small artefact of each kind of estimator."""
    estimator = Linear() if request.param == "linear" else Network(hidden=4, epochs=9, rate=0.1)
    return _train(tmp_path_factory, tree(estimator))


@pytest.fixture(scope="session")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a small linear artefact."""
    return _train(tmp_path_factory, tree(Linear()))


def _train(factory: pytest.TempPathFactory, of: Tree) -> Path:
    folder = factory.mktemp("artefact")
    write(of, posts(), {"itself": posts()}, folder)
    return folder
