"""Labels and a teacher's shares make one training set; a bad shares file is refused."""

import gzip
from pathlib import Path

import numpy as np
import pytest

import models
from models.labelled_posts import DataError, LabelledPost, read_shares
from models.train import train, write
from models.training_set import build_training_set
from models.tree import Tree, check_tree
from tests.models.posts import posts, tree

LABELS = ["neutral", "negative", "positive"]
ROWS = [
    LabelledPost("1", "positive", "lovely", "x"),
    LabelledPost("2", "positive", "great", "x"),
    LabelledPost("3", "negative", "awful", "x"),
    LabelledPost("4", "neutral", "ten", "x"),
]


def with_(teacher: float = 0.5, shares: dict[str, float] | None = None) -> Tree:
    return check_tree(Tree(tree().root, shares=shares or {}, teacher=teacher))


def test_rare_labels_weigh_as_much_as_frequent_ones() -> None:
    leaves = build_training_set(with_(), ROWS).leaves
    np.testing.assert_allclose(leaves.sum(axis=0), [4 / 3] * 3)


def test_the_trees_shares_weigh_the_labels() -> None:
    leaves = build_training_set(with_(shares={"neutral": 2.0}), ROWS).leaves
    np.testing.assert_allclose(leaves.sum(axis=0), [2, 1, 1])


@pytest.mark.parametrize(("teacher", "neutral"), [(0.0, 0.0), (0.5, 0.4), (1.0, 0.8)])
def test_a_teacher_counts_beside_the_label_as_much_as_the_tree_says(
    teacher: float, neutral: float
) -> None:
    leaves = build_training_set(with_(teacher), ROWS, shares={"1": (0.8, 0.0, 0.2)}).leaves
    assert leaves[0][0] == pytest.approx(neutral)
    assert leaves[1][0] == 0


def test_of_unlabelled_posts_only_those_the_teacher_knows_are_used() -> None:
    more = [LabelledPost("5", "?", "fine", "y"), LabelledPost("6", "?", "hm", "y")]
    learned = build_training_set(with_(), ROWS, more, {"6": (0.0, 0.1, 0.9)})
    assert learned.texts == ["lovely", "great", "awful", "ten", "hm"]
    np.testing.assert_allclose(learned.leaves[-1], [0, 0.1, 0.9])


def test_a_node_sees_the_posts_of_its_children_only() -> None:
    rows, targets, weight = build_training_set(with_(), ROWS).at(tree(), 1)
    assert rows.tolist() == [0, 1, 2]
    assert targets.tolist() == [[0, 1], [0, 1], [1, 0]]
    np.testing.assert_allclose(weight, [2 / 3, 2 / 3, 4 / 3])


def test_a_word_that_only_the_teacher_explains_is_learned(tmp_path: Path) -> None:
    more = [
        LabelledPost(f"u{n}", "?", f"{row.text} meh", "y") for n, row in enumerate(posts()[:200])
    ]
    shares = {row.id: (0.02, 0.96, 0.02) for row in more}
    write(tree(), posts(), {}, tmp_path, more, shares)
    [said] = models.load(tmp_path).predict(["meh"])
    assert said.label == "negative"
    assert models.load(tmp_path).card()["data"]["unlabelled_posts"] == 200


def test_the_order_of_posts_does_not_change_the_fingerprint(tmp_path: Path) -> None:
    prints = []
    for name, rows in (("one", posts()), ("two", posts()[::-1]), ("three", posts()[1:])):
        write(tree(), rows, {}, tmp_path / name)
        prints.append(models.load(tmp_path / name).card()["data"]["fingerprint"])
    assert prints[0] == prints[1] != prints[2]


def test_training_yields_weights_for_each_node() -> None:
    weights = train(tree(), build_training_set(tree(), posts()))
    assert len(weights) == 2
    assert all(len(node.vocabulary) == len(node.idf) == len(node.first) for node in weights)


def test_shares_are_read_plain_or_gzipped(tmp_path: Path) -> None:
    text = "id\tneutral\tnegative\tpositive\na\t1\t1\t2\nb\t0\t0\t9\n"
    (tmp_path / "plain.tsv").write_text(text)
    (tmp_path / "small.tsv.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("plain.tsv", "small.tsv.gz"):
        shares = read_shares(tmp_path / name, LABELS)
        assert shares == {"a": (0.25, 0.25, 0.5), "b": (0.0, 0.0, 1.0)}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("id\tneutral\tnegative\na\t1\t1\n", "no column named positive"),
        ("neutral\tnegative\tpositive\n1\t1\t1\n", "no column named id"),
        ("id\tneutral\tnegative\tpositive\na\t1\t1\tmuch\n", "line 2: a share is not a number"),
        ("id\tneutral\tnegative\tpositive\na\t1\t1\t-1\n", "line 2: shares are 0 or more"),
        ("id\tneutral\tnegative\tpositive\na\t0\t0\t0\n", "line 2: shares are 0 or more"),
        ("id\tneutral\tnegative\tpositive\na\t1\tnan\t1\n", "line 2: shares are 0 or more"),
        ("id\tneutral\tnegative\tpositive\na\t1\tinf\t1\n", "line 2: shares are 0 or more"),
        ("", "empty file"),
    ],
)
def test_bad_shares_are_named(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text(content)
    with pytest.raises(DataError, match=reason):
        read_shares(path, LABELS)


def test_a_broken_gzip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.tsv.gz"
    path.write_bytes(gzip.compress(b"id\tneutral")[:-9])
    with pytest.raises(DataError, match=r"bad\.tsv\.gz"):
        read_shares(path, LABELS)
