"""What accounts and all together may spend: streams stop ahead of it, and start again in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.filter import Filter
from streams.store import Store
from streams.store.migrate import migrate
from streams.stream import Stream
from workers.collector.ceilings import READ_EVERY_MS, SpendingCeilings

DAY_MS = 86_400_000
NOW = 20_000 * DAY_MS + 60_000  # October 2024, one minute past midnight


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'weir.db'}")
    migrate(opened.engine)
    yield opened
    opened.engine.dispose()


def stream_of(store: Store, number: str, *, posts: int, at: int = NOW) -> Stream:
    account = store.accounts.sign_in(number, number, number, None, b"", 0)
    stream = store.streams.create(account.id, number, Filter("rain"), 0)
    store.minutes.add(number, "1", {(stream.id, at // 60_000): {"positive": posts}})
    return stream


def test_without_limits_everything_runs(store: Store) -> None:
    ada = stream_of(store, "ada", posts=10_000)
    assert SpendingCeilings(store).within([ada], {}, NOW) == ([ada], {})


@pytest.mark.parametrize(
    ("subject", "name", "value", "stopped"),
    [
        ("total", "posts_day", 140, "ab"),
        ("total", "posts_day", 161, ""),
        ("total", "usd_day", 0.70, "ab"),
        ("total", "usd_month", 0.81, ""),
        ("each", "posts_day", 100, "a"),
        ("each", "posts_month", 60, "ab"),
        ("1", "posts_day", 50, "a"),
        ("1", "posts_day", None, ""),
    ],
)
def test_what_is_spent_stops_whom_the_limit_is_for(
    store: Store, subject: str, name: str, value: float | None, stopped: str
) -> None:
    both = [stream_of(store, "a", posts=100), stream_of(store, "b", posts=60)]
    store.quotas.set(subject, {name: value}, 0, None)
    running, faults = SpendingCeilings(store).within(both, {}, NOW)
    assert "".join(each.name for each in both if each.id in faults) == stopped
    assert {each.id for each in running} | faults.keys() == {each.id for each in both}


def test_streams_stop_ahead_by_their_rate_and_stay_stopped_until_it_is_raised(
    store: Store,
) -> None:
    ada = stream_of(store, "ada", posts=100)
    store.quotas.set("each", {"posts_day": 200}, 0, None)
    ceilings = SpendingCeilings(store)
    assert ceilings.within([ada], {ada.id: 5.0}, NOW)[1] == {}
    (fault,) = ceilings.within([ada], {ada.id: 10.0}, NOW)[1].values()
    assert fault.code == "quota_spent"
    assert "200 paid posts a day" in fault.message
    assert ceilings.within([ada], {}, NOW + READ_EVERY_MS)[1]
    store.quotas.set("each", {"posts_day": 300}, 0, None)
    assert not ceilings.within([ada], {}, NOW + 2 * READ_EVERY_MS)[1]


def test_a_day_ends_at_midnight_and_a_month_with_its_last_day(store: Store) -> None:
    ada = stream_of(store, "ada", posts=100, at=NOW)
    store.quotas.set("each", {"posts_day": 100}, 0, None)
    ceilings = SpendingCeilings(store)
    assert ceilings.within([ada], {}, NOW)[1]
    assert not ceilings.within([ada], {}, NOW + DAY_MS)[1]
    store.quotas.set("each", {"posts_day": None, "posts_month": 100}, 0, None)
    assert ceilings.within([ada], {}, NOW + 2 * DAY_MS)[1]
    assert not ceilings.within([ada], {}, NOW + 31 * DAY_MS)[1]


@pytest.mark.parametrize(
    ("limits", "rate", "just_read", "room"),
    [
        ({}, 0.0, 0, None),
        ({"posts_day": 150}, 0.0, 0, 50),
        ({"posts_day": 150}, 2.0, 10, 16),  # 12 s of what comes, and what is not counted yet
        ({"posts_day": 150, "usd_month": 0.6}, 0.0, 0, 20),
        ({"posts_day": 90}, 0.0, 0, 0),
    ],
)
def test_a_search_may_read_what_limits_leave(
    store: Store, limits: dict[str, float], rate: float, just_read: int, room: int | None
) -> None:
    ada = stream_of(store, "ada", posts=100)
    store.quotas.set("each", limits, 0, None)
    ceilings = SpendingCeilings(store)
    ceilings.within([ada], {}, NOW)
    assert ceilings.room(ada, {ada.id: rate}, just_read) == room


def test_posts_that_filled_a_gap_of_yesterday_are_paid_for_today(store: Store) -> None:
    ada = stream_of(store, "ada", posts=100, at=NOW - 2 * 3_600_000)
    store.gaps.add(ada.id, NOW - 2 * 3_600_000, NOW - 3_600_000, "disconnected")
    (gap,) = store.gaps.unfilled([ada.id], NOW)
    assert store.quotas.spent(NOW)[ada.account_id].posts_day == 0
    store.gaps.record_filling(gap.id, "filled", NOW, posts=70)
    spent = store.quotas.spent(NOW)[ada.account_id]
    assert (spent.posts_day, spent.posts_month) == (70, 100)
    assert spent.usd_day == pytest.approx(0.35)
