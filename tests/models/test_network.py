"""The network that trains on sparse posts learns what a sum cannot, and the same each time."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from models.network import NetworkFit
from models.tree import Network

SPEC = Network(hidden=8, epochs=30, rate=0.2, drop=0.0)
# Columns: a word of praise, a word of blame, a word that denies, a filler.
POSTS = np.array(
    [[1, 0, 0, 1], [0, 1, 0, 1], [1, 0, 1, 1], [0, 1, 1, 1]] * 200, np.float32
) / np.float32(2)


def fitted(spec: Network, targets: NDArray[np.float64]) -> NetworkFit:
    network = NetworkFit(spec, POSTS.shape[1], targets.shape[1])
    passes = network.passes(sparse.csr_matrix(POSTS), targets, np.ones(len(POSTS)))
    assert len(list(passes)) == spec.epochs
    return network


def scores(network: NetworkFit) -> NDArray[np.float32]:
    hidden = np.maximum(POSTS[:4] @ network.first + network.bias, 0)
    return np.asarray(hidden @ network.second + network.bias2)


def test_a_denied_word_of_praise_is_blame_and_a_denied_word_of_blame_praise() -> None:
    targets = np.tile(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), (200, 1))
    said = scores(fitted(SPEC, targets))[:, 0] > 0
    assert said.tolist() == [True, False, False, True]


def test_more_than_two_children_have_a_score_each() -> None:
    targets = np.tile(np.eye(4), (200, 1))
    said = scores(fitted(SPEC, targets)).argmax(axis=1)
    assert said.tolist() == [0, 1, 2, 3]


def test_shares_are_learned_as_shares() -> None:
    targets = np.tile(np.array([[0.3, 0.7]]), (len(POSTS), 1))
    said = 1 / (1 + np.exp(-scores(fitted(SPEC, targets))))
    np.testing.assert_allclose(said, 0.7, atol=0.05)


@pytest.mark.parametrize("drop", [0.0, 0.3])
def test_training_again_gives_the_same_weights_and_another_seed_others(drop: float) -> None:
    targets = np.tile(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), (200, 1))
    one, two, other = (
        fitted(Network(hidden=4, epochs=2, drop=drop, seed=seed), targets) for seed in (0, 0, 1)
    )
    assert np.array_equal(one.first, two.first)
    assert not np.array_equal(one.first, other.first)


def test_a_word_that_no_post_has_keeps_its_first_weights() -> None:
    targets = np.tile(np.array([[0.0, 1.0]]), (len(POSTS), 1))
    begun = NetworkFit(SPEC, 5, 2)
    before = begun.first[4].copy()
    wide = sparse.csr_matrix(np.pad(POSTS, ((0, 0), (0, 1))))
    list(begun.passes(wide, targets, np.ones(len(POSTS))))
    assert np.array_equal(begun.first[4], before)
