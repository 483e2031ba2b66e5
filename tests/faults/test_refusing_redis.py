"""A Redis that refuses commands ends no process and loses no post."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from tests.end_to_end.test_streams import running
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import PARTS, Weir

SECONDS = 60.0
POSTS = 30
SignIn = Callable[[str], Person]


def out_of_memory(client: redis.Redis) -> None:
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)


def with_memory_again(client: redis.Redis) -> None:
    client.config_set("maxmemory", 0)


def read_only(client: redis.Redis) -> None:
    client.config_set("replica-serve-stale-data", "yes")
    client.replicaof("127.0.0.1", 1)


def writable_again(client: redis.Redis) -> None:
    client.replicaof("NO", "ONE")


@pytest.mark.parametrize(
    ("refuse", "relent"),
    [(out_of_memory, with_memory_again), (read_only, writable_again)],
    ids=["out of memory", "read-only"],
)
def test_a_redis_that_refuses_writes_ends_no_process_and_every_post_is_counted(
    refuse: Callable[[redis.Redis], None],
    relent: Callable[[redis.Redis], None],
    quiet: Weir,
    person: SignIn,
    upstream: Upstream,
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="hail"))
    viewer = ada.watch(stream_id)
    first = upstream.post("hail")
    wait_until(lambda: viewer.ids() == first, SECONDS, "the first post")
    before = {name: quiet.processes.pid(name) for name in PARTS}
    with redis.Redis.from_url(quiet.env["REDIS_URL"]) as client:
        refuse(client)
        try:
            ids = upstream.post(*(f"hail {number}" for number in range(POSTS)))
            logged = wait_until(lambda: refusals(quiet), SECONDS, "the refusal to be logged")
        finally:
            relent(client)
    assert logged
    wait_until(lambda: counted(ada, stream_id) >= POSTS + 1, SECONDS, "every post to be counted")
    assert counted(ada, stream_id) == POSTS + 1
    wait_until(lambda: ada.state(stream_id) == "running", SECONDS, "the stream to run")
    assert {name: quiet.processes.pid(name) for name in PARTS} == before
    assert all(quiet.processes.is_running(name) for name in PARTS)
    assert set(viewer.ids()) <= {*first, *ids}


def refusals(weir: Weir) -> list[str]:
    """Lines in which a worker says that it waits for Redis."""
    output = weir.processes.output("tagger") + weir.processes.output("collector")
    words = ("until it answers again", "OOM", "READONLY", "read only")
    return [line for line in output.splitlines() if any(word in line for word in words)]


def counted(somebody: Person, stream_id: str) -> int:
    totals: dict[str, Any] = somebody.call("GET", f"/streams/{stream_id}")["totals"]
    return int(totals["posts"])
