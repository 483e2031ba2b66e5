"""The lease on a slot: one owner at a time, each with a higher fence than the last."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import redis

from streams import names
from streams.live.lease import Lease, holder_of
from tests.rig.waiting import wait_until


def take(client: redis.Redis, owner: str = "a", seconds: float = 30) -> Lease:
    lease = Lease.acquire(client, "x", owner, seconds)
    assert lease is not None
    return lease


def test_while_one_holds_the_slot_nobody_else_gets_it(client: redis.Redis) -> None:
    lease = take(client)
    assert Lease.acquire(client, "x", "b", 30) is None
    assert Lease.acquire(client, "x", "a", 30) is None
    assert holder_of(client, "x") == lease.holder
    assert lease.holder.owner == "a"


def test_slots_are_held_apart(client: redis.Redis) -> None:
    take(client)
    assert Lease.acquire(client, "replay", "b", 30) is not None


def test_a_released_slot_goes_to_the_next_under_a_higher_fence(client: redis.Redis) -> None:
    first = take(client)
    first.release()
    assert holder_of(client, "x") is None
    assert take(client, "b").fence > first.fence


def test_a_lease_that_is_not_renewed_ends_by_itself(client: redis.Redis) -> None:
    first = take(client, seconds=0.1)
    second = wait_until(lambda: Lease.acquire(client, "x", "b", 30), 5, "the end of the lease")
    assert second is not None
    assert second.fence > first.fence


def test_renewing_prolongs_the_lease(client: redis.Redis) -> None:
    lease = take(client, seconds=60)
    client.pexpire(names.lease_key("x"), 1_000)
    assert lease.renew()
    assert client.pttl(names.lease_key("x")) > 50_000


def test_who_lost_the_lease_can_neither_renew_nor_release_it(client: redis.Redis) -> None:
    lost = take(client)
    client.delete(names.lease_key("x"))
    owner = take(client, "a")  # the same name: only this holding counts
    assert not lost.renew()
    lost.release()
    assert holder_of(client, "x") == owner.holder
    assert owner.renew()


def test_of_many_who_try_at_once_one_gets_the_slot_and_fences_only_rise(
    client: redis.Redis,
) -> None:
    fences = []
    for _ in range(20):
        barrier = Barrier(4)

        def contend(owner: str, barrier: Barrier = barrier) -> Lease | None:
            barrier.wait()
            return Lease.acquire(client, "x", owner, 30)

        with ThreadPoolExecutor(4) as pool:
            won = [lease for lease in pool.map(contend, "abcd") if lease]
        assert len(won) == 1
        fences.append(won[0].fence)
        won[0].release()
    assert fences == sorted(set(fences))


def test_names_with_any_sign_in_them_hold_a_lease(client: redis.Redis) -> None:
    owner = 'w"1\\ \n☔'
    lease = take(client, owner)
    assert lease.holder.owner == owner
    assert lease.renew()
    assert holder_of(client, "x") == lease.holder
