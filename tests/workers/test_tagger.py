"""Labels are put on posts; a broken model costs labels, never posts."""

from types import SimpleNamespace
from typing import Any, cast

import msgspec
from msgspec import UNSET

import models
from models import ArtefactError, Model, Prediction, Taggers
from streams.batch import Batch
from streams.post import Post
from workers.tagger import add_labels, tag_posts


def posts(*texts: str) -> list[Post]:
    return [Post(str(number), text, lang="en") for number, text in enumerate(texts)]


def test_every_post_gets_label_path_confidence_and_model_version() -> None:
    model = models.load()
    some = posts("I love this, so happy", "I hate this, awful and sad", "")
    tag_posts(some, lambda: model)
    assert [post.label for post in some] == ["positive", "negative", "unknown"]
    assert some[0].path == "polarized > positive"
    assert 0.5 < some[0].confidence <= 1
    assert {post.model for post in some} == {model.version}


def test_a_model_that_cannot_be_had_leaves_the_posts_unknown() -> None:
    def none() -> Model:
        raise ArtefactError("the folder is empty")

    some = posts("I love this")
    tag_posts(some, none)
    assert (some[0].label, some[0].model) == ("unknown", None)


def test_a_model_with_labels_of_its_own_says_nothing_to_us() -> None:
    strange: Any = SimpleNamespace(
        version="v",
        predict=lambda texts, langs: [Prediction("joy", "joy", 1.0, "v")],
    )
    some = posts("I love this")
    tag_posts(some, lambda: cast(Model, strange))
    assert some[0].label == "unknown"


def test_another_tagger_adds_its_label_beside_sentiment_where_it_was_chosen() -> None:
    taggers = Taggers()
    some = posts("I am furious, this makes me so angry", "I love this, so happy")
    batch = Batch("x", 1, 1, some, [("s",), ("t",)], {"emotion": [0]})
    tag_posts(some, lambda: taggers.model("sentiment"))
    add_labels(batch, taggers.model)
    assert some[0].labels is not UNSET
    assert some[0].labels["emotion"].label == "anger"
    assert some[0].labels["emotion"].model == taggers.model("emotion").version
    assert some[0].labels["sentiment"].label == some[0].label == "negative"
    assert some[1].labels is UNSET
    assert b"labels" not in msgspec.json.encode(some[1])


def test_a_tagger_that_cannot_be_had_costs_its_own_labels_alone() -> None:
    taggers = Taggers()
    some = posts("I am furious")
    batch = Batch("x", 1, 1, some, [("s",)], {"nowhere": [0], "emotion": [0]})
    add_labels(batch, taggers.model)
    assert some[0].labels is not UNSET
    assert set(some[0].labels) == {"sentiment", "emotion"}
