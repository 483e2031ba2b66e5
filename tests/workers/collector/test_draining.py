"""A stream that is let go keeps its capture open until the last line for it has been taken."""

from collections import Counter

import pytest

from workers.collector.draining import Draining
from workers.sources.source import LAST_POSTS

POSTS = Counter({"a": 7})


@pytest.fixture
def farewell() -> Draining:
    farewell = Draining()
    farewell.note({"a", "b"}, 10.0)
    farewell.note({"b"}, 20.0)
    return farewell


def test_nothing_is_said_of_streams_that_go_on() -> None:
    farewell = Draining()
    farewell.note({"a"}, 10.0)
    farewell.note({"a"}, 99.0)
    assert not farewell
    assert farewell.gone(99.0, came_in=5, taken=5) == []


def test_a_stream_that_left_is_gone_after_its_last_posts_and_once_only(farewell: Draining) -> None:
    assert farewell.gone(20.0 + LAST_POSTS / 2, came_in=5, taken=5) == []
    assert farewell.gone(20.0 + LAST_POSTS, came_in=5, taken=5) == ["a"]
    assert not farewell
    assert farewell.gone(99.0, came_in=5, taken=5) == []


def test_lines_that_came_in_by_then_are_waited_for_and_no_later_ones(farewell: Draining) -> None:
    assert farewell.gone(30.0, came_in=100, taken=60) == []
    assert farewell.gone(31.0, came_in=900, taken=99) == []
    assert farewell.gone(32.0, came_in=999, taken=100) == ["a"]


def test_a_stream_that_comes_back_meanwhile_was_never_away(farewell: Draining) -> None:
    assert farewell.gone(30.0, came_in=100, taken=60) == []
    farewell.note({"a", "b"}, 30.1)
    assert not farewell
    farewell.note({"b"}, 40.0)
    assert farewell.gone(40.0, came_in=200, taken=200) == []
    assert farewell.gone(40.0 + LAST_POSTS, came_in=200, taken=200) == ["a"]


def test_as_long_as_it_is_not_gone_it_is_reported(farewell: Draining) -> None:
    assert {key: one.posts for key, one in farewell.reports(POSTS).items()} == {"a": 7}
    farewell.gone(99.0, came_in=0, taken=0)
    assert farewell.reports(POSTS) == {}
