"""What is captured and not shown is counted once, however often Redis is away."""

from collections.abc import Mapping

import pytest
import redis

from streams.batch import Batch
from streams.post import Post
from workers.collector.left_out import LeftOut


def batch(number: int, *routes: tuple[str, ...]) -> Batch:
    posts = [Post(f"{number}{index}", "rain") for index in range(len(routes))]
    return Batch("x", 1, number, posts, list(routes))


def test_nothing_is_reported_while_nothing_was_left_out() -> None:
    assert not LeftOut("x").report(lambda slot, token, counts: pytest.fail("called"))


def test_counts_are_kept_with_their_token_until_redis_takes_them() -> None:
    left_out = LeftOut("x")
    left_out.add(batch(1, ("a",), ("a", "b")))
    calls: list[tuple[str, str, dict[str, int]]] = []

    def away(slot: str, token: str, counts: Mapping[str, int]) -> None:
        calls.append((slot, token, dict(counts)))
        raise redis.exceptions.ConnectionError

    def takes(slot: str, token: str, counts: Mapping[str, int]) -> None:
        calls.append((slot, token, dict(counts)))

    with pytest.raises(redis.exceptions.ConnectionError):
        left_out.report(away)
    left_out.add(batch(2, ("b",)))
    assert left_out.report(takes)
    assert left_out.report(takes)
    assert not left_out.report(takes)
    assert calls == [
        ("x", "x:1:1:left_out", {"a": 2, "b": 1}),
        ("x", "x:1:1:left_out", {"a": 2, "b": 1}),
        ("x", "x:1:2:left_out", {"b": 1}),
    ]
