"""The accurate model labels what there is time for, the fast one the rest; each post says who."""

import logging
from collections.abc import Iterator
from typing import cast

import pytest

import models
from models import AccurateModel, Prediction
from streams.post import Post
from workers.accurate_share import FIRST_GUESS, AccurateShare
from workers.tagger import tag_posts

NOW = 1_000_000


def posts(count: int, waited_ms: int = 0) -> list[Post]:
    text = "I love this, so happy"
    return [Post(str(n), text, lang="en", received_at=NOW - waited_ms) for n in range(count)]


class PacedModel:
    """Says that all is well, and takes `seconds` of its own clock for each post."""

    version = "accurate.1.paced"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.time = 0.0

    def predict(self, texts: list[str], langs: list[str | None]) -> list[Prediction]:
        self.time += self.seconds * len(texts)
        return [Prediction("neutral", "neutral", 0.9, self.version) for _ in texts]


def share(model: PacedModel, most_lag: float | None) -> AccurateShare:
    return AccurateShare(cast(AccurateModel, model), most_lag, lambda: model.time, lambda: NOW)


def taken(by: AccurateShare, count: int, waited_ms: int = 0) -> int:
    return len(by.predict(posts(count, waited_ms), ["en"] * count))


def test_the_first_batch_is_judged_by_a_careful_guess() -> None:
    made = share(PacedModel(0.001), 0.5)
    assert taken(made, 128) == int(0.5 / FIRST_GUESS)


def test_a_model_that_proves_quick_gets_whole_batches() -> None:
    made = share(PacedModel(0.001), 0.5)
    sizes = [taken(made, 128) for _ in range(12)]
    assert sizes[-1] == 128
    assert sizes == sorted(sizes)


def test_a_model_that_proves_slow_gets_less_at_once() -> None:
    made = share(PacedModel(0.1), 0.5)
    assert [taken(made, 128) for _ in range(2)] == [50, 5]


@pytest.mark.parametrize("waited_ms", [500, 60_000])
def test_posts_that_have_waited_too_long_go_to_the_fast_model(waited_ms: int) -> None:
    assert taken(share(PacedModel(0.001), 0.5), 8, waited_ms) == 0


def test_a_post_from_a_clock_ahead_of_ours_counts_as_new() -> None:
    assert taken(share(PacedModel(0.001), 0.5), 8, -60_000) == 8


def test_a_pinned_accurate_model_labels_all_posts() -> None:
    assert taken(share(PacedModel(9.0), None), 300, 60_000) == 300


def test_one_stall_does_not_end_the_accurate_labels() -> None:
    model = PacedModel(30.0)
    made = share(model, 0.5)
    taken(made, 8)
    model.seconds = 0.001
    sizes = (taken(made, 8) for _ in range(200))
    assert any(count > 0 for count in sizes)


def test_a_split_batch_says_of_each_post_which_model_labelled_it() -> None:
    fast, model = models.load(), PacedModel(0.1)
    made = share(model, 0.05)
    some = posts(8)
    tag_posts(some, lambda: fast, accurate=made)
    assert [post.model for post in some] == [model.version] * 5 + [fast.version] * 3
    assert [post.label for post in some] == ["neutral"] * 5 + ["positive"] * 3


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("quiet")
def test_an_accurate_model_that_fails_costs_no_label() -> None:
    class Broken(PacedModel):
        def predict(self, texts: list[str], langs: list[str | None]) -> list[Prediction]:
            raise RuntimeError("out of memory")

    fast, some = models.load(), posts(3)
    tag_posts(some, lambda: fast, accurate=share(Broken(0.001), None))
    assert {(post.label, post.model) for post in some} == {("positive", fast.version)}


def test_the_real_accurate_model_labels_through_the_tagger() -> None:
    fast, real = models.load(), models.load_accurate()
    some = posts(3)
    tag_posts(some, lambda: fast, accurate=AccurateShare(real, None))
    assert {(post.label, post.model) for post in some} == {("positive", real.version)}


def test_emoji_alone_are_left_to_the_fast_model() -> None:
    fast = models.load()
    some = [Post(str(n), text, lang="en") for n, text in enumerate(["\u2764\ufe0f", "so good"])]
    tag_posts(some, lambda: fast, accurate=share(PacedModel(0.001), None))
    assert [post.model for post in some] == [fast.version, "accurate.1.paced"]
    assert [post.label for post in some] == ["positive", "neutral"]
