"""The run-time model: text in; label, path and confidence out."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.artefact import ArtefactManifest, Weights, load_artefact
from models.compiled import CompiledModel
from models.tree import UNKNOWN, Tree

SHIPPED = Path(__file__).with_name("sentiment")


class Prediction(msgspec.Struct, frozen=True, gc=False):
    """The label of one post; `confidence` is 0 to 1, and 0 when the label is `unknown`."""

    label: str
    path: str
    confidence: float
    model: str


class SealedManifest(Protocol):
    """What the manifest of every kind of model holds."""

    @property
    def tree(self) -> Tree: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102


class TreeModel:
    """What a model of either kind tells of itself: its hierarchy, version, labels and card."""

    def __init__(self, manifest: SealedManifest, threshold: float) -> None:
        """Posts below `threshold` confidence become `unknown`."""
        self._manifest = manifest
        self._leaves = manifest.tree.leaves()
        self._threshold = threshold
        self._unknown = Prediction(UNKNOWN, "", 0.0, self.version)

    @property
    def tree(self) -> Tree:
        """The hierarchy of questions that this model answers."""
        return self._manifest.tree

    @property
    def version(self) -> str:
        """A version that changes whenever the weights change."""
        return self._manifest.version

    @property
    def languages(self) -> frozenset[str]:
        """The codes of the languages that the model labels, such as `en`."""
        return frozenset({self._manifest.tree.language})

    @property
    def labels(self) -> tuple[str, ...]:
        """The leaves of the tree; a prediction may also say `unknown`."""
        return tuple(leaf.label for leaf in self._leaves)

    def card(self) -> dict[str, Any]:
        """Version, tree, metrics, training data and library versions, ready for JSON."""
        card: dict[str, Any] = msgspec.to_builtins(self._manifest)
        return card | {"labels": list(self.labels), "languages": sorted(self.languages)}


class Model(TreeModel):
    """A loaded hierarchy. Immutable, so threads may share it."""

    def __init__(
        self, manifest: ArtefactManifest, weights: Sequence[Weights], threshold: float = 0.0
    ):
        """Compile the weights; posts below `threshold` confidence become `unknown`."""
        super().__init__(manifest, threshold)
        nodes = manifest.tree.nodes()
        self._steps = _columns(manifest.tree)
        self.compiled = CompiledModel(
            weights,
            max(node.features.words for node in nodes),
            any(node.features.scopes for node in nodes),
        )

    def predict(
        self, texts: Sequence[str], langs: Sequence[str | None] | None = None
    ) -> list[Prediction]:
        """Return one prediction for each text, in order.

        `langs` are the posts' language codes. None, the empty string, `und`, `zxx` and the codes
        for private use (such as X's `qme` and `qht`) do not name a language: the model labels
        these posts. A post in another language, or without any known feature, is `unknown`.
        Raises ValueError when `langs` and `texts` differ in length.
        """
        if langs is not None and len(langs) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(langs)} languages")
        posts = [
            self.compiled.rows(text)
            if langs is None or reads(self.languages, langs[number])
            else []
            for number, text in enumerate(texts)
        ]
        if not posts:
            return []
        chances = self.chances(self.compiled.scores(posts))
        best = chances.argmax(axis=1).tolist()
        version, leaves, threshold = self.version, self._leaves, self._threshold
        return [
            Prediction(leaves[leaf].label, leaves[leaf].path, chance, version)
            if post and chance >= threshold
            else self._unknown
            for post, leaf, chance in zip(posts, best, chances.max(axis=1).tolist(), strict=True)
        ]

    def chances(self, scores: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        """Return the probability of each leaf (posts, leaves): the product along its path."""
        certain = np.ones((len(scores[0]), 1))
        children = np.concatenate([*map(_probabilities, scores), certain], axis=1)
        chances: NDArray[np.float64] = children.take(self._steps[0], axis=1)
        for step in self._steps[1:]:
            chances *= children.take(step, axis=1)
        return chances

    def text_chances(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each leaf for each text (texts, leaves)."""
        return self.chances(self.compiled.scores([self.compiled.rows(text) for text in texts]))


def load(path: Path | None = None, *, threshold: float = 0.0) -> Model:
    """Load the model in folder `path` (default: the shipped one); raises ArtefactError."""
    return Model(*load_artefact(path or SHIPPED), threshold)


def reads(languages: frozenset[str], lang: str | None) -> bool:
    """Return whether a model of these languages labels a post whose language is said to be so."""
    if not lang or lang in languages or lang in ("und", "zxx"):
        return True
    return lang.split("-")[0].lower() in languages or "qaa" <= lang <= "qtz"


def _columns(tree: Tree) -> list[list[int]]:
    """Return for each depth and leaf the column of its child; below the leaf, the last column.

    The columns are the children of all nodes side by side, then one that is always 1.
    """
    sizes = [len(node.children) for node in tree.nodes()]
    starts = np.cumsum([0, *sizes]).tolist()
    leaves = [[starts[node] + child for node, child in leaf.steps] for leaf in tree.leaves()]
    return [list(step) for step in zip_longest(*leaves, fillvalue=starts[-1])]


def _probabilities(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Turn scores into rows that sum to 1: logistic for one score, softmax for several."""
    wide = scores.astype(np.float64)
    if wide.shape[1] == 1:
        second = 0.5 + 0.5 * np.tanh(0.5 * wide)
        return np.concatenate((1 - second, second), axis=1)
    exponents = np.exp(wide - wide.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
    return shares
