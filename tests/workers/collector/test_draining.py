"""A stream that is let go keeps its capture open until the last line for it has been taken."""

from collections import Counter

import pytest

from workers.collector.draining import Draining
from workers.sources.source import LAST_POSTS

POSTS = Counter({"a": 7})


@pytest.fixture
def draining() -> Draining:
    draining = Draining()
    draining.update({"a", "b"}, 10.0)
    draining.update({"b"}, 20.0)
    return draining


def test_nothing_is_said_of_streams_that_go_on() -> None:
    draining = Draining()
    draining.update({"a"}, 10.0)
    draining.update({"a"}, 99.0)
    assert not draining
    assert draining.drained(99.0, came_in=5, taken=5) == []


def test_a_stream_that_left_is_gone_after_its_last_posts_and_once_only(draining: Draining) -> None:
    assert draining.drained(20.0 + LAST_POSTS / 2, came_in=5, taken=5) == []
    assert draining.drained(20.0 + LAST_POSTS, came_in=5, taken=5) == ["a"]
    assert not draining
    assert draining.drained(99.0, came_in=5, taken=5) == []


def test_lines_that_came_in_by_then_are_waited_for_and_no_later_ones(draining: Draining) -> None:
    assert draining.drained(30.0, came_in=100, taken=60) == []
    assert draining.drained(31.0, came_in=900, taken=99) == []
    assert draining.drained(32.0, came_in=999, taken=100) == ["a"]


def test_a_stream_that_comes_back_meanwhile_was_never_away(draining: Draining) -> None:
    assert draining.drained(30.0, came_in=100, taken=60) == []
    draining.update({"a", "b"}, 30.1)
    assert not draining
    draining.update({"b"}, 40.0)
    assert draining.drained(40.0, came_in=200, taken=200) == []
    assert draining.drained(40.0 + LAST_POSTS, came_in=200, taken=200) == ["a"]


def test_as_long_as_it_is_not_gone_it_is_reported(draining: Draining) -> None:
    assert {key: one.posts for key, one in draining.reports(POSTS).items()} == {"a": 7}
    draining.drained(99.0, came_in=0, taken=0)
    assert draining.reports(POSTS) == {}
