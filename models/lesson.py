"""What training learns from: posts, and how much each of them speaks for each leaf."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import data
from models.data import Row
from models.tree import Tree

Floats = NDArray[np.float64]


class Lesson(NamedTuple):
    """`leaves` has a row a post and a column a leaf; a row sums to 1 on average."""

    texts: list[str]
    leaves: Floats

    def at(self, tree: Tree, node: int) -> tuple[list[str], Floats, Floats]:
        """Texts, shares of the children and weights of the posts that node number `node` sees."""
        children = np.zeros((len(self.texts), len(tree.nodes()[node].children)))
        for number, leaf in enumerate(tree.leaves()):
            for here, child in leaf.steps:
                if here == node:
                    children[:, child] += self.leaves[:, number]
        weight = children.sum(axis=1)
        # What a teacher holds for all but impossible would cost time and teach nothing.
        seen = np.flatnonzero(weight > 0.02)
        texts = [self.texts[index] for index in seen.tolist()]
        return texts, children[seen] / weight[seen, None], weight[seen]


def lesson(
    tree: Tree,
    labelled: Sequence[Row],
    unlabelled: Sequence[Row] = (),
    shares: Mapping[str, Sequence[float]] | None = None,
) -> Lesson:
    """Labelled posts, weighed so that the leaves get the tree's shares, and what a teacher holds.

    `shares` are a teacher's, by the id of a post: of unlabelled posts only those with shares are
    used, and in a labelled post the teacher counts as much as the tree's `teacher` says.
    Raises DataError for labels that do not fit the tree.
    """
    shares = shares or {}
    labels = [leaf.label for leaf in tree.leaves()]
    data.check_labels(labelled, labels)
    truth = np.array([[row.label == label for label in labels] for row in labelled], np.float64)
    wanted = np.array([tree.shares.get(label, 1.0) for label in labels])
    leaves = truth * (wanted / wanted.sum() / truth.mean(axis=0))
    for number, row in enumerate(labelled):
        if (held := shares.get(row.id)) is not None:
            leaves[number] += tree.teacher * (np.array(held) * wanted - leaves[number])
    taught = [row for row in unlabelled if row.id in shares]
    held_of = np.array([shares[row.id] for row in taught]).reshape(-1, len(labels))
    texts = [row.text for row in (*labelled, *taught)]
    return Lesson(texts, np.concatenate([leaves, held_of * wanted]))
