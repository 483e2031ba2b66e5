"""Trials of filters are paid for under the limits that streams have."""

from pathlib import Path

import pytest

from streams.filter import Filter
from tests.rig.database import new_store
from tests.rig.valkey import Valkey
from workers.control.trial_spending import TrialRefusedError, TrialSpending

NOW = 20_000 * 86_400_000


def test_trials_spend_what_is_left_and_no_more(tmp_path: Path, valkey: Valkey) -> None:
    store = new_store(tmp_path)
    ada, bob = (store.accounts.sign_in(each, each, each, None, b"", 0).id for each in ("a", "b"))
    stream = store.streams.create(ada, "s", Filter("rain"), 0)
    store.minutes.add("x", "1", {(stream.id, NOW // 60_000): {"positive": 100}})
    with valkey.client() as client:

        def trial(account_id: int, read: int) -> None:
            TrialSpending(store, client, account_id, 300, NOW).settle(read)

        trial(ada, 300)  # nothing is limited
        store.quotas.set("total", {"usd_day": 5.0}, 0, None)
        store.quotas.set(str(ada), {"posts_day": 500}, 0, None)
        trial(ada, 60)
        trial(ada, 40)
        trial(ada, 1)
        with pytest.raises(TrialRefusedError, match="500 paid posts a day") as caught:
            trial(ada, 1)
        assert caught.value.fault.code == "quota_spent"
        trial(bob, 300)
        trial(bob, 200)
        with pytest.raises(TrialRefusedError, match="of this Weir is reached: 5 dollars a day"):
            trial(bob, 1)
    store.engine.dispose()
