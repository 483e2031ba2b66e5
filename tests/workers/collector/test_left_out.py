"""What is captured and not shown is counted once, however often Redis is away."""

import pytest
import redis

from streams.batch import Batch
from streams.post import Post
from workers.collector.left_out import Counts, LeftOut


def batch(number: int, *routes: tuple[str, ...]) -> Batch:
    posts = [Post(f"{number}{index}", "rain") for index in range(len(routes))]
    return Batch("x", 1, number, posts, list(routes))


def test_nothing_is_reported_while_nothing_was_left_out() -> None:
    assert not LeftOut("x").report(lambda slot, counts: pytest.fail("called"))


def test_counts_are_kept_with_the_ids_of_their_batches_until_redis_takes_them() -> None:
    left_out = LeftOut("x")
    left_out.add(batch(1, ("a",), ("a", "b")))
    calls: list[tuple[str, Counts]] = []

    def away(slot: str, counts: Counts) -> None:
        calls.append((slot, counts))
        left_out.add(batch(2, ("b",)))
        raise redis.exceptions.ConnectionError

    def takes(slot: str, counts: Counts) -> None:
        calls.append((slot, counts))
        if len(counts) == 2:
            left_out.add(batch(3, ("b",)))

    with pytest.raises(redis.exceptions.ConnectionError):
        left_out.report(away)
    assert left_out.report(takes)
    assert left_out.report(takes)
    assert not left_out.report(takes)
    assert calls == [
        ("x", {"x:1:1": {"a": 2, "b": 1}}),
        ("x", {"x:1:1": {"a": 2, "b": 1}, "x:1:2": {"b": 1}}),
        ("x", {"x:1:3": {"b": 1}}),
    ]
