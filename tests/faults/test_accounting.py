"""A trial fails for a post that nothing accounts for, and for one that is captured twice."""

from collections import Counter

import pytest

from tests.faults.accounting import Fates, Row, Spans, account

SENT = {"kept": 100.0, "lost": 200.0, "doubted": 300.0, "twice": 400.0}
UNTIL = {key: at + 10 for key, at in SENT.items()}
CAPTURED = Counter({"kept": 1, "twice": 2})
NOWHERE = [
    "1 posts are in no capture, no gap and no doubt",
    "1 posts are in no capture and no manifest",
]
TWICE = ["1 posts are captured twice"]


@pytest.mark.parametrize(
    ("post", "gaps", "doubts", "counts", "wrong"),
    [
        ("kept", [], [], (1, 0, 0), []),
        ("lost", [{"from": 205, "to": 250}], [], (0, 1, 0), []),
        ("lost", [{"from": 150, "to": None}], [], (0, 1, 0), []),
        ("doubted", [{"from": 205, "to": 250}], [{"from": 290, "to": None}], (0, 0, 1), []),
        ("lost", [], [], (0, 0, 0), NOWHERE),
        ("lost", [{"from": 211, "to": 250}], [{"from": 290, "to": None}], (0, 0, 0), NOWHERE),
        ("lost", [{"from": 100, "to": 199}], [], (0, 0, 0), NOWHERE),
        ("twice", [{"from": 390, "to": 420}], [], (1, 0, 0), TWICE),
    ],
)
def test_a_post_is_captured_once_or_lies_in_a_gap_or_a_doubt(
    post: str, gaps: Spans, doubts: Spans, counts: tuple[int, int, int], wrong: list[str]
) -> None:
    row = Row("made up")
    manifests = gaps + doubts
    account(row, {post}, Fates(SENT, UNTIL, {post}, CAPTURED, set(), gaps, doubts, manifests))
    assert (row.sent, row.delivered) == (1, 1)
    assert (row.captured, row.in_gaps, row.in_doubt) == counts
    assert row.wrong == wrong


def test_what_is_missing_is_in_a_manifest_too() -> None:
    row, gaps = Row("made up"), [{"from": 205, "to": 250}]
    account(row, {"lost"}, Fates(SENT, UNTIL, {"lost"}, CAPTURED, set(), gaps, [], []))
    assert row.wrong == ["1 posts are in no capture and no manifest"]
