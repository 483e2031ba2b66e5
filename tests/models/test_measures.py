"""Measures agree with scikit-learn's and with what can be counted by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, recall_score

from models import measures

LABELS = ["negative", "neutral", "positive"]
PAIRS = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1)


@settings(deadline=None)
@given(pairs=PAIRS)
def test_figures_equal_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    truth, said = map(list, zip(*pairs, strict=True))
    table = measures.confusion(truth, said, LABELS)
    options = {"labels": LABELS, "average": None, "zero_division": 0}
    np.testing.assert_allclose(measures.recalls(table), 100 * recall_score(truth, said, **options))
    np.testing.assert_allclose(measures.f1s(table), 100 * f1_score(truth, said, **options))
    assert measures.accuracy(table) == pytest.approx(100 * accuracy_score(truth, said))


def test_an_unknown_post_counts_as_a_miss() -> None:
    table = measures.confusion(["negative", "negative"], ["negative", "unknown"], LABELS)
    assert measures.recalls(table).tolist() == [50, 0, 0]
    assert table[0].tolist() == [1, 0, 0, 1]


def test_intervals_hold_the_figure_and_narrow_with_more_posts() -> None:
    few = np.array([[6, 2, 2, 0], [2, 6, 2, 0], [2, 2, 6, 0]])
    wide, narrow = measures.intervals(few), measures.intervals(few * 100)
    for name in ("macro_recall", "accuracy"):
        assert wide[name].value == narrow[name].value == pytest.approx(60)
        assert wide[name].low < narrow[name].low < 60 < narrow[name].high < wide[name].high


def test_calibration_compares_confidence_and_success() -> None:
    right = np.array([True, False, True, True])
    table = measures.calibration(right, np.array([0.55, 0.55, 0.95, 1.0]))
    assert table == [(0.55, 0.5, 2), (0.975, 1.0, 2)]
    assert measures.calibration_error(table) == pytest.approx((0.05 * 2 + 0.025 * 2) / 4)


def test_coverage_keeps_the_surest_posts() -> None:
    confidence = np.arange(10) / 10
    curve = measures.coverage(confidence >= 0.5, confidence)
    assert curve[0] == (1.0, 0.0, 0.5)
    assert curve[5] == (0.5, 0.5, 1.0)


def test_reliability_weighs_the_true_labels_equally_as_well() -> None:
    truth = ["negative", "neutral", "neutral", "neutral"]
    said = ["negative", "negative", "neutral", "unknown"]
    negative, neutral = measures.reliability(truth, said, np.array([0.8, 0.6, 0.9, 0.0]))
    assert (negative.label, negative.posts, negative.right) == ("negative", 2, 0.5)
    assert negative.confidence == pytest.approx(0.7)
    # Of equal shares, a negative post counts three times as much as a neutral one.
    assert negative.even_right == pytest.approx(0.75)
    assert negative.even_confidence == pytest.approx(0.75)
    assert negative.even_error == pytest.approx((3 * 0.2 + 0.6) / 4)
    assert (neutral.label, neutral.right) == ("neutral", 1.0)
    assert neutral.even_error == pytest.approx(0.1)
