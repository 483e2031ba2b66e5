"""What searches for gaps may read: pages are reserved beside live posts, and given back."""

import pytest

from streams.live.spending import SpendingLedger
from streams.store import Store
from tests.workers.collector.test_ceilings import NOW, ledger, metered, migrated, store, stream_of
from workers.collector.ceilings import DAY_MS, SpendingCeilings
from workers.collector.search_allowance import SearchAllowance

__all__ = ["ledger", "migrated", "store"]


@pytest.mark.parametrize(
    ("limits", "room"),
    [
        ({}, None),
        ({"posts_day": 150}, 50),
        ({"posts_day": 900, "usd_month": 0.6}, 20),
        ({"posts_day": 900}, 100),
        ({"posts_day": 90}, 0),
    ],
)
def test_a_search_may_read_what_the_tightest_limit_leaves(
    store: Store, ledger: SpendingLedger, limits: dict[str, float], room: int | None
) -> None:
    ada = stream_of(store, "ada", posts=100)
    store.quotas.set("each", limits, 0, None)
    ceilings = SpendingCeilings(store, ledger)
    ceilings.within([ada], metered(), NOW)
    ceilings.release(metered(), NOW)
    assert SearchAllowance(ceilings, ledger).room(ada, NOW) == room


def test_what_a_search_holds_nobody_else_can_reserve_until_it_is_given_back(
    store: Store, ledger: SpendingLedger
) -> None:
    ada = stream_of(store, "ada", posts=0)
    store.quotas.set("each", {"posts_day": 150}, 0, None)
    ceilings = SpendingCeilings(store, ledger)
    ceilings.within([ada], metered(), NOW)
    ceilings.release(metered(), NOW)
    first, second = (SearchAllowance(ceilings, ledger) for _ in range(2))
    assert (first.room(ada, NOW), second.room(ada, NOW)) == (100, 50)
    first.spend(ada.id, 30)
    first.release(ada, NOW)
    assert second.room(ada, NOW) == 100
    assert first.room(ada, NOW) == 20


def test_what_was_reserved_on_another_day_is_worth_nothing(
    store: Store, ledger: SpendingLedger
) -> None:
    ada = stream_of(store, "ada", posts=0)
    store.quotas.set("each", {"posts_day": 120}, 0, None)
    ceilings = SpendingCeilings(store, ledger)
    ceilings.within([ada], metered(), NOW)
    ceilings.release(metered(), NOW)
    allowance = SearchAllowance(ceilings, ledger)
    assert allowance.room(ada, NOW) == 100
    assert allowance.room(ada, NOW + DAY_MS) == 100
