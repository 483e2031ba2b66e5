"""Trees are walked to the likeliest leaf; what the model cannot judge is unknown."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

import models
from models.labelled_posts import LabelledPost
from models.train import write
from models.tree import Features, Linear, Node, Tree, read_tree


def test_a_post_gets_label_path_confidence_and_version(linear: Path) -> None:
    model = models.load(linear)
    glad, sad, plain = model.predict(
        ["my coffee is lovely :)", "the rain is awful :(", "the bus starts at ten"]
    )
    assert (glad.label, glad.path) == ("positive", "polarized > positive")
    assert (sad.label, sad.path) == ("negative", "polarized > negative")
    assert (plain.label, plain.path) == ("neutral", "neutral")
    assert {glad.model, sad.model, plain.model} == {model.version}
    assert all(1 / 3 < said.confidence <= 1 for said in (glad, sad, plain))


def test_a_batch_says_what_its_posts_say_alone(linear: Path) -> None:
    model = models.load(linear)
    texts = ["my coffee is lovely :)", "", "the rain is awful", "zzz", "today the bus was here"]
    alone = [model.predict([text])[0] for text in texts]
    together = model.predict(texts)
    assert [said.label for said in together] == [said.label for said in alone]
    np.testing.assert_allclose(
        [said.confidence for said in together], [said.confidence for said in alone], atol=1e-6
    )


def test_no_posts_give_no_predictions(linear: Path) -> None:
    assert models.load(linear).predict([]) == []


@pytest.mark.parametrize(
    "text", ["", "   ", "@bob", "https://example.org/good", "@great_day http://t.co/lovely", "\0"]
)
def test_a_post_without_a_known_feature_is_unknown(linear: Path, text: str) -> None:
    [said] = models.load(linear).predict([text])
    assert (said.label, said.path, said.confidence) == ("unknown", "", 0.0)


@pytest.mark.parametrize(
    ("lang", "read"),
    [
        ("en", True),
        ("en-GB", True),
        ("EN", True),
        (None, True),
        ("", True),
        ("und", True),
        ("qme", True),
        ("zxx", True),
        ("es", False),
        ("eng-x", False),
        ("ja", False),
        ("not a language", False),
    ],
)
def test_only_posts_in_the_models_language_are_labelled(
    linear: Path, lang: str | None, read: bool
) -> None:
    glad = "my coffee is lovely :)"
    first, second = models.load(linear).predict([glad, glad], [lang, "en"])
    assert (first.label == "positive") is read
    assert second.label == "positive"


def test_languages_must_be_as_many_as_texts(linear: Path) -> None:
    with pytest.raises(ValueError, match="2 texts but 1 languages"):
        models.load(linear).predict(["a", "b"], ["en"])


def test_below_the_threshold_a_post_is_unknown(linear: Path) -> None:
    texts = ["my coffee is lovely :)", "coffee"]
    sure, unsure = models.load(linear).predict(texts)
    threshold = (sure.confidence + unsure.confidence) / 2
    said = models.load(linear, threshold=threshold).predict(texts)
    assert [each.label for each in said] == ["positive", "unknown"]
    assert said[1].confidence == 0


def test_hostile_posts_are_labelled_like_any_other(linear: Path) -> None:
    texts = ["lovely " * 200_000, "&" * 100_000, "#" * 9999, "\ud800 lovely", "a" * 1_000_000]
    assert len(models.load(linear).predict(texts)) == len(texts)


def test_the_card_tells_where_a_model_comes_from(linear: Path) -> None:
    card = models.load(linear).card()
    assert card["version"] == models.load(linear).version
    assert card["labels"] == ["neutral", "negative", "positive"]
    assert len(card["data"]["fingerprint"]) == 64
    assert {"python", "numpy", "scikit-learn"} <= set(card["libraries"])
    assert card["metrics"]["itself"]["posts"] > 0


def test_a_deep_tree_of_other_labels_is_walked_to_its_leaves(tmp_path: Path) -> None:
    seasons = {"snow": "winter", "bloom": "spring", "beach": "summer", "leaves": "autumn"}
    kinds = {**seasons, "engine": "machine", "sonata": "music"}
    rows = [
        LabelledPost(str(number), label, f"{opening} {word}", "made-up")
        for number, (opening, (word, label)) in enumerate(
            product(["a", "the", "some", "my", "no"], kinds.items())
        )
    ]
    features, linear = Features(words=1, min_count=1), Linear(c=100)
    warm = Node("warm", {"spring": None, "summer": None}, features, linear)
    season = Node("season", {"winter": None, "warm": warm, "autumn": None}, features, linear)
    root = Node("kind", {"machine": None, "season": season, "music": None}, features, linear)
    write(Tree(root), rows, {}, tmp_path)
    said = models.load(tmp_path).predict([f"the {word}" for word in kinds])
    assert [each.label for each in said] == list(kinds.values())
    assert said[1].path == "season > warm > spring"
    assert said[0].path == "season > winter"
    assert said[4].path == "machine"


@pytest.mark.parametrize(
    ("json", "reason"),
    [
        ("", "tree:"),
        ("[]", "Expected `object`"),
        ('{"root": {"name": "r", "children": {"a": null}}}', "two children"),
        (
            '{"root": {"name": "r", "children": {"a": null, "unknown": null}}}',
            "'unknown' is reserved",
        ),
        (
            '{"root": {"name": "r", "children": {"a": null, "b": '
            '{"name": "s", "children": {"a": null, "c": null}}}}}',
            "label 'a' occurs twice",
        ),
        (
            '{"root": {"name": "r", "children": {"a": null, "b": '
            '{"name": "r", "children": {"d": null, "c": null}}}}}',
            "node 'r' occurs twice",
        ),
        (
            '{"root": {"name": "r", "children": {"a": null, "b": null}}, "shares": {"c": 1}}',
            "no leaf",
        ),
        (
            '{"root": {"name": "r", "children": {"a": null, "b": null}}, "shares": {"a": 0}}',
            "above 0",
        ),
        (
            '{"root": {"name": "r", "children": {"a": null, "b": null}, "features": {"words": 0}}}',
            "start at 1",
        ),
        (
            '{"root": {"name": "r", "children": {"a": null, "b": null}, '
            '"estimator": {"kind": "oracle"}}}',
            "oracle",
        ),
    ],
)
def test_a_tree_that_cannot_be_walked_is_refused(json: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_tree(json.encode())
