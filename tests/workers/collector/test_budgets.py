"""A budget is never passed, and once it is spent it stays spent until it is raised."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.filter import Filter
from streams.plan import Plan
from streams.stream import Stream, Wanted
from workers.collector.budgets import Budgets

BARE = Stream("a", 1, "a", "x", Filter("a"), Wanted.RUNNING, 1, False, 0, 0)


def stream(**plan: object) -> Stream:
    return msgspec.structs.replace(BARE, plan=Plan(**plan))  # type: ignore[arg-type]


@given(st.integers(1, 50), st.integers(0, 60), st.integers(0, 100))
def test_no_more_posts_are_allowed_than_the_budget_leaves(most: int, read: int, come: int) -> None:
    budgets = Budgets()
    budgets.admit(stream(budget_posts=most), lambda _: read)
    allowed = sum(bool(budgets.allowed(("a",))) for _ in range(come))
    assert allowed == min(come, max(0, most - read))


def test_a_stream_stops_ahead_of_its_budget_and_does_not_start_again_when_its_rate_falls() -> None:
    budgets = Budgets()
    budgets.admit(stream(budget_posts=100), lambda _: 0)
    assert not budgets.spent("a", rate=10)
    for _ in range(85):
        budgets.allowed(("a",))
    assert budgets.spent("a", rate=10)
    assert budgets.spent("a", rate=0)
    budgets.admit(stream(budget_posts=100), lambda _: 85)
    assert budgets.spent("a", rate=0)
    budgets.admit(stream(budget_posts=200), lambda _: 85)
    assert not budgets.spent("a", rate=0)
    assert budgets.left("a") == 115


def test_dollars_are_posts_at_the_price_of_x_and_the_smaller_budget_counts() -> None:
    assert stream(budget_usd=1.0).plan.most_posts == 200
    assert stream(budget_usd=1.0, budget_posts=50).plan.most_posts == 50
    assert stream().plan.most_posts is None


def test_a_stream_without_a_budget_has_no_limit_beside_one_that_has() -> None:
    budgets = Budgets()
    budgets.admit(stream(budget_posts=1), lambda _: 0)
    other = msgspec.structs.replace(BARE, id="b")
    budgets.admit(other, lambda _: 0)
    assert [budgets.allowed(("a", "b")) for _ in range(3)] == [("a", "b"), ("b",), ("b",)]


def test_of_several_sources_only_those_that_are_paid_for_use_the_budget_up() -> None:
    budgets = Budgets()
    both = msgspec.structs.replace(stream(budget_posts=2), further_sources=("bluesky",))
    budgets.admit(both, lambda _: 0)
    platforms = ["bluesky", "x", "bluesky", "x", "bluesky", "x"]
    allowed = [bool(budgets.allowed(("a",), each)) for each in platforms]
    assert allowed == [True, True, True, True, True, False]
