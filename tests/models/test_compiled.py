"""The compiled table gives the scores of scikit-learn's pipelines, whatever the text."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from models.artefact import load_artefact
from models.compiled import CompiledModel, known_words
from models.model import SHIPPED
from models.pipeline import pipeline
from models.tree import Tree

pytestmark = pytest.mark.slow

# Arbitrary Unicode alone would hardly ever hit a known feature: mix it with words that do.
_WORDS = st.sampled_from(
    "not great the best ever soooooo loooove hate it happy :) :( ❤️ 😡 #happy #Great_Day !!! ?! ? "
    "can't won\u2019t i the to &lt;3 &amp; @bob http://t.co/x www.example.org GOOD lol 👍🏽 "
    "never wish awful".split()
)
TEXTS = st.lists(
    st.lists(st.one_of(_WORDS, st.text(max_size=12)), max_size=30).map(" ".join),
    min_size=1,
    max_size=8,
)


def scores_of(steps: Pipeline, texts: list[str]) -> NDArray[np.float64]:
    """Scores of a node's pipeline: one column for two children, else one a child."""
    model = steps[-1]
    if hasattr(model, "decision_function"):
        score = steps.decision_function(texts)
        return np.asarray(score[:, None] if score.ndim == 1 else score)
    # A network has no decision_function: its scores are the logarithms of its odds.
    chances = steps.predict_proba(texts).astype(np.float64)
    return np.asarray(np.log(chances[:, 1:]) - np.log(chances[:, :1]))


def compiled_and_pipelines(folder: Path) -> tuple[Tree, CompiledModel, list[Pipeline]]:
    manifest, weights = load_artefact(folder)
    nodes = manifest.tree.nodes()
    longest = max(node.features.words for node in nodes)
    has_scopes = any(node.features.scopes for node in nodes)
    steps = [
        pipeline(node, each, known_words(weights))
        for node, each in zip(nodes, weights, strict=True)
    ]
    return manifest.tree, CompiledModel(weights, longest, has_scopes), steps


def check(folder_parts: tuple[Tree, CompiledModel, list[Pipeline]], texts: list[str]) -> None:
    tree, compiled, steps = folder_parts
    batch = compiled.scores([compiled.rows(text) for text in texts])
    single = [compiled.scores([compiled.rows(text)]) for text in texts]
    for number in range(len(tree.nodes())):
        wanted = scores_of(steps[number], texts)
        np.testing.assert_allclose(batch[number], wanted, rtol=1e-5, atol=1e-5)
        alone = np.concatenate([scores[number] for scores in single])
        np.testing.assert_allclose(alone, wanted, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def small_parts(small: Path) -> tuple[Tree, CompiledModel, list[Pipeline]]:
    return compiled_and_pipelines(small)


@pytest.fixture(scope="module")
def shipped_parts() -> tuple[Tree, CompiledModel, list[Pipeline]]:
    return compiled_and_pipelines(SHIPPED)


@settings(deadline=None, max_examples=150)
@given(texts=TEXTS)
def test_scores_equal_those_of_the_pipelines(
    small_parts: tuple[Tree, CompiledModel, list[Pipeline]], texts: list[str]
) -> None:
    check(small_parts, texts)


@settings(deadline=None, max_examples=100)
@given(texts=TEXTS)
def test_scores_of_the_shipped_model_equal_those_of_its_pipelines(
    shipped_parts: tuple[Tree, CompiledModel, list[Pipeline]], texts: list[str]
) -> None:
    check(shipped_parts, texts)
