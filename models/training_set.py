"""The training set: posts, and the weight of each post for each leaf."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.labelled_posts import LabelledPost, check_labels
from models.tree import Tree

Floats = NDArray[np.float64]


class TrainingSet(NamedTuple):
    """`leaves` has a row per post and a column per leaf; a row sums to 1 on average."""

    texts: list[str]
    leaves: Floats

    def at(self, tree: Tree, node: int) -> tuple[NDArray[np.intp], Floats, Floats]:
        """Return the numbers of the posts for node `node`, shares of its children, and weights."""
        children = np.zeros((len(self.texts), len(tree.nodes()[node].children)))
        for number, leaf in enumerate(tree.leaves()):
            for here, child in leaf.steps:
                if here == node:
                    children[:, child] += self.leaves[:, number]
        weight = children.sum(axis=1)
        # What a teacher holds for all but impossible would cost time and distill nothing.
        seen = np.flatnonzero(weight > 0.02)
        return seen, children[seen] / weight[seen, None], weight[seen]


def build_training_set(
    tree: Tree,
    labelled: Sequence[LabelledPost],
    unlabelled: Sequence[LabelledPost] = (),
    shares: Mapping[str, Sequence[float]] | None = None,
) -> TrainingSet:
    """Weight labelled posts to the tree's shares of labels, and add the teacher's shares.

    `shares` holds the teacher's label shares by post id. Unlabelled posts without them are left
    out. The tree's `teacher` is the weight of the teacher against the label of a labelled post.
    Raises DataError for labels that do not fit the tree.
    """
    shares = shares or {}
    labels = [leaf.label for leaf in tree.leaves()]
    check_labels(labelled, labels)
    truth = np.array([[row.label == label for label in labels] for row in labelled], np.float64)
    wanted = np.array([tree.shares.get(label, 1.0) for label in labels])
    leaves = truth * (wanted / wanted.sum() / truth.mean(axis=0))
    for number, row in enumerate(labelled):
        if (held := shares.get(row.id)) is not None:
            leaves[number] += tree.teacher * (np.array(held) * wanted - leaves[number])
    taught = [row for row in unlabelled if row.id in shares]
    held_of = np.array([shares[row.id] for row in taught]).reshape(-1, len(labels))
    texts = [row.text for row in (*labelled, *taught)]
    return TrainingSet(texts, np.concatenate([leaves, held_of * wanted]))
