"""What a platform deletes leaves dashboards at once, and is ordered for captures, once."""

import pytest
import redis

from streams.batch import Batch
from streams.filter import Filter
from streams.live import history
from streams.live.relay import Relay
from streams.plan import CaptureOptions, Plan
from streams.post import Author, Post
from streams.store import Store, StoreError
from streams.stream import Stream
from workers.collector import platform_deletions
from workers.collector.platform_deletions import PlatformDeletions
from workers.sources.source import Skipped

NOW = 1_800_000_000_000
GATHERED = 5_000


def account_of(store: Store, name: str) -> int:
    return store.accounts.sign_in(name, name, name, None, b"sealed", 0).id


def captured(store: Store, account_id: int) -> Stream:
    plan = Plan(capture=CaptureOptions("rain"))
    return store.streams.create(account_id, "kept", Filter("rain"), NOW, plan=plan)


def test_dashboards_lose_it_at_once_and_captures_of_stopped_streams_are_reached_too(
    store: Store, client: redis.Redis
) -> None:
    ada, bob = (account_of(store, name) for name in ("ada", "bob"))
    kept = captured(store, ada)
    shown = store.streams.create(bob, "shown", Filter("rain"), NOW)
    posts = [Post("1", "rain"), Post("2", "rain", author=Author("did")), Post("3", "rain")]
    routes: list[tuple[str, ...]] = [(kept.id, shown.id)] * 3
    Relay(client, 10).push(Batch("bluesky", 1, 1, posts, routes), NOW // 1000)
    deletions = PlatformDeletions(client, store, "bluesky", "lab", GATHERED)
    deletions.follow([shown])  # the captured one has been stopped
    by = (kept.id, shown.id, "no such stream")
    deletions.put(Skipped("deleted", deleted=("1",), deleted_from=by))
    deletions.put(Skipped("account_gone", gone_authors=("did",), deleted_from=by))
    deletions.carry_out(NOW)
    for stream in (kept, shown):
        assert history.recent(client, stream.id, None, 9).posts.count(b'"deleted":true') == 2
    assert store.deletions.pending("lab", NOW) == []
    orders = store.deletions.pending("lab", NOW + GATHERED)
    assert {each.account_id for each in orders} == {ada}
    assert sorted((each.reason, *each.posts, *each.authors) for each in orders) == [
        ("Bluesky: deleted by the author", "1"),
        ("Bluesky: the account is gone", "did"),
    ]


def test_a_process_killed_before_dashboards_lose_it_has_ordered_it_for_captures(
    store: Store, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = captured(store, account_of(store, "ada"))
    deletions = PlatformDeletions(client, store, "x", "lab", 0)
    deletions.follow([stream])
    deletions.put(Skipped("deletion", deleted=("1",), deleted_from=(stream.id,)))

    def killed(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(platform_deletions, "erase_from_all", killed)
    with pytest.raises(SystemExit):
        deletions.carry_out(NOW)
    (order,) = store.deletions.pending("lab", NOW)
    assert list(order.posts) == ["1"]


def test_nothing_is_forgotten_while_the_database_is_away_and_dashboards_do_not_wait(
    store: Store, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = captured(store, account_of(store, "ada"))
    deletions = PlatformDeletions(client, store, "mastodon", "lab", 0)
    deletions.follow([stream])
    posts = [Post(str(number), "rain") for number in range(3)]
    Relay(client, 10).push(Batch("mastodon", 1, 1, posts, [(stream.id,)] * 3), NOW // 1000)
    for number in range(3):
        deletions.put(Skipped("deletion", deleted=(str(number),), deleted_from=(stream.id,)))

    def away(*_: object, **__: object) -> str:
        raise StoreError("away")

    with monkeypatch.context() as patched:
        patched.setattr(store.deletions, "hear", away)
        with pytest.raises(StoreError):
            deletions.carry_out(NOW)
    assert history.recent(client, stream.id, None, 9).posts.count(b'"deleted":true') == 3
    deletions.carry_out(NOW + 1)
    (order,) = store.deletions.pending("lab", NOW + 1)
    assert sorted(order.posts) == ["0", "1", "2"]
