"""The behavioural cases are sound, and the shipped model keeps the behaviour that it has."""

from collections import Counter
from pathlib import Path

import pytest

import models
from models.behaviour import KindResult, fairness, results
from models.behaviour_cases import (
    MINIMUM,
    WORDS,
    Answer,
    cases,
    expand,
    falls,
    is_not_surely,
    is_one_of,
    is_same,
)
from models.labelled_posts import DataError, LabelledPost
from models.made_up_posts import made_up_posts
from models.made_up_sentences import made_up_sentences, sentence_parts
from models.refine import is_held_back
from models.train import write
from models.tree import Features, Node, Tree

EVEN = {"negative": 0.3, "neutral": 0.4, "positive": 0.3}
# Least share of cases that the shipped model passes; a model that does worse is not shipped.
KEPT = {
    ("flags alone", MINIMUM): 1.0,
    ("links or mentions alone", MINIMUM): 1.0,
    ("plain praise", MINIMUM): 0.9,
    ("plain blame", MINIMUM): 0.9,
    ("past praise", MINIMUM): 0.9,
    ("past blame", MINIMUM): 0.9,
    ("hashtags", "invariance"): 0.85,
    ("plain fact", MINIMUM): 0.9,
    ("full-width letters", "invariance"): 1.0,
    ("styled letters", "invariance"): 1.0,
    ("white on black letters", "invariance"): 1.0,
    ("all capitals", "invariance"): 1.0,
    ("emoji alone", MINIMUM): 0.95,
    ("skin tones", "invariance"): 1.0,
    ("variation selectors", "invariance"): 1.0,
    ("stretched words", "invariance"): 0.9,
    ("negated praise", MINIMUM): 0.9,
    ("negated blame", MINIMUM): 0.8,
    ("unreal praise", MINIMUM): 0.65,
    ("weakened praise", MINIMUM): 0.5,
    ("praise by nobody", MINIMUM): 0.8,
    ("too much of it", MINIMUM): 0.9,
    ("nothing to blame", MINIMUM): 0.9,
    ("could be worse", MINIMUM): 0.6,
    ("slang praise", MINIMUM): 0.85,
    ("slang blame", MINIMUM): 0.9,
    ("question", MINIMUM): 0.7,
    ("negated blame", "direction"): 0.95,
}


# The same of the accurate model.
KEPT_BY_ACCURATE = {
    ("plain praise", MINIMUM): 0.95,
    ("past praise", MINIMUM): 0.95,
    ("past blame", MINIMUM): 0.95,
    ("negated praise", MINIMUM): 0.8,
    ("negated blame", MINIMUM): 0.7,
    ("unreal praise", MINIMUM): 0.85,
    ("question", MINIMUM): 0.9,
    ("sarcasm", MINIMUM): 0.75,
    ("stretched words", "invariance"): 0.95,
}


def test_the_accurate_model_keeps_its_behaviour() -> None:
    found = {(each.kind, each.test): each for each in results(models.load_accurate())}
    passed = {key: found[key].passed / found[key].total for key in KEPT_BY_ACCURATE}
    assert not {key: passed[key] for key, least in KEPT_BY_ACCURATE.items() if passed[key] < least}


@pytest.fixture(scope="module")
def of_shipped() -> list[KindResult]:
    return results(models.load())


@pytest.mark.parametrize(("kind", "test"), sorted(KEPT))
def test_the_shipped_model_keeps_its_behaviour(
    of_shipped: list[KindResult], kind: str, test: str
) -> None:
    [found] = [each for each in of_shipped if (each.kind, each.test) == (kind, test)]
    assert found.passed / found.total >= KEPT[kind, test]


def test_the_cases_are_the_same_at_each_call_and_no_post_is_tried_twice_in_a_kind() -> None:
    first, second = cases(), cases()
    assert [case.texts for case in first] == [case.texts for case in second]
    counts = Counter((case.kind, case.test, case.texts) for case in first)
    assert set(counts.values()) == {1}


def test_training_never_sees_a_post_that_is_tested_but_for_emoji() -> None:
    tested = {text for case in cases() if case.kind != "emoji alone" for text in case.texts}
    taught = {post.text for post in made_up_posts()} | {each.text for each in made_up_sentences()}
    assert not [text for text in tested & taught if any(map(str.isalpha, text))]


def test_sentences_that_teach_share_no_word_of_opinion_with_those_that_test() -> None:
    tested = {word for some in WORDS.values() for word in some}
    assert not tested & {word for some in sentence_parts().words.values() for word in some}


def test_sentences_that_teach_are_the_same_at_each_call_and_have_shares() -> None:
    made = made_up_sentences()
    assert made == made_up_sentences()
    assert all(abs(sum(each.shares) - 1) < 1e-9 for each in made)
    assert 0.1 < sum(map(is_held_back, made)) / len(made) < 0.3


def test_a_template_is_filled_with_each_combination_once() -> None:
    words = {"who": ("ada", "bob"), "what": ("sings", "runs")}
    assert sorted(expand("{who} {what}", words)) == [
        "ada runs",
        "ada sings",
        "bob runs",
        "bob sings",
    ]
    assert len(expand("{who} {what}", words, limit=3)) == 3


@pytest.mark.parametrize(
    ("label", "confidence", "one_of", "not_surely"),
    [("positive", 0.9, True, False), ("positive", 0.5, True, True), ("negative", 0.9, False, True)],
)
def test_expectations_of_a_label(
    label: str, confidence: float, one_of: bool, not_surely: bool
) -> None:
    answers = [Answer(label, confidence, EVEN)]
    assert is_one_of("positive", "neutral")(answers) is one_of
    assert is_not_surely("positive", 0.7)(answers) is not_surely


def test_unknown_twice_is_not_the_same_label() -> None:
    assert is_same([Answer("neutral", 0.5, EVEN)] * 2)
    assert not is_same([Answer("neutral", 0.5, EVEN), Answer("positive", 0.5, EVEN)])
    assert not is_same([Answer("unknown", 0.0, EVEN)] * 2)


def test_a_probability_falls_only_when_the_second_is_lower() -> None:
    low, high = (Answer("neutral", 0.5, {"positive": chance}) for chance in (0.2, 0.3))
    assert falls("positive")([high, low])
    assert not falls("positive")([low, high])
    assert not falls("positive")([low, low])


def test_the_shift_between_groups_is_measured_for_each_of_them() -> None:
    shifts = fairness(models.load())
    assert len(shifts) > 5
    assert all(each.low != each.high and 0 < each.shift <= 100 for each in shifts)
    assert all(0 <= each.changed <= 100 for each in shifts)


def test_a_model_of_other_labels_is_refused(tmp_path: Path) -> None:
    rows = [LabelledPost("1", "cat", "purr", "x"), LabelledPost("2", "dog", "bark", "x")]
    features = Features(words=1, min_count=1)
    write(Tree(Node("pet", {"cat": None, "dog": None}, features)), rows, {}, tmp_path)
    with pytest.raises(DataError, match="not this model's labels"):
        results(models.load(tmp_path))
