"""Fan-out: what a room gets of what the relay published, and what happens when Redis goes."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams import names
from streams.clock import now_ms
from streams.live import heartbeats, machines
from streams.live.machines import Machine
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.web.person import OldClient, Person
from tests.web.site import Site, post
from tests.web.viewing import Viewer

Connect = Callable[..., Viewer]


@pytest.fixture(scope="module")
def valkey_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    folder = tmp_path_factory.mktemp("redis")
    with Processes(folder / "output") as processes:
        yield Valkey(processes, folder / "data", clean(folder))


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory, valkey_of_its_own: Valkey) -> Iterator[Site]:
    """A site whose Redis may be stopped, with a low cap for each viewer."""
    folder: Path = tmp_path_factory.mktemp("frail")
    with Processes(folder / "output") as processes:
        yield Site(processes, folder, valkey_of_its_own.url, VIEWER_POSTS_PER_SECOND="50")


def test_a_room_gets_so_many_posts_a_second_and_is_told_of_the_rest(
    frail: Site, connect: Connect
) -> None:
    person = Person(frail)
    stream = person.stream(running=True)
    viewer = connect(person)
    viewer.ask("subscribe", {"stream": stream})
    for batch in range(4):
        frail.push(*(post(f"{batch}-{number}") for number in range(40)), to=stream)
    wait_until(lambda: viewer.frames and viewer.frames[-1]["seq"] == 160, 10, "the last frame")
    left_out = sum(frame["left_out"] for frame in viewer.frames)
    assert len(viewer.ids) + left_out == 160
    assert 50 <= len(viewer.ids) <= 100  # the second may have turned meanwhile
    assert [frame["seq"] for frame in viewer.frames] == [40, 80, 120, 160]
    assert person.call("GET", f"/streams/{stream}").json()["totals"]["posts"] == 160
    parts = wait_until(
        lambda: [each["part"] for each in viewer.statuses if each["part"]], 5, "the part shown"
    )
    assert all(part["taggers_behind"] == 0 < part["viewer_limit"] for part in parts)
    assert all(part["shown"] + part["viewer_limit"] == part["of"] for part in parts)
    wait_until(lambda: viewer.statuses[-1]["part"] is None, 10, "the part to be over")


def test_the_old_clients_events_are_capped_too(frail: Site, connect: Connect) -> None:
    client = OldClient(frail)
    viewer = connect(client)
    stream = client.start().json()["stream"]
    for batch in range(4):
        frail.push(*(post(f"{batch}-{number}", "old") for number in range(40)), to=stream)
    frail.push(post("x"), to=[stream])
    viewer.wait_for_texts(50)
    assert len(viewer.texts) <= 101


def test_what_is_no_frame_on_the_channel_reaches_nobody(frail: Site, connect: Connect) -> None:
    person = Person(frail)
    stream = person.stream(running=True)
    viewer = connect(person)
    viewer.ask("subscribe", {"stream": stream})
    for garbage in (b"", b"x", b"a b c d e", b"\xff\xfe e 1 1 []"):
        frail.redis.publish("weir:frames", garbage)
    frail.push(post(1), to=stream)
    wait_until(lambda: "1" in viewer.ids, 10, "the post after the garbage")


def test_viewers_go_on_after_redis_was_away(
    frail: Site, valkey_of_its_own: Valkey, connect: Connect
) -> None:
    person = Person(frail)
    stream = person.stream(running=True)
    viewer = connect(person)
    viewer.ask("subscribe", {"stream": stream})
    frail.push(post("before"), to=stream)
    viewer.wait_for_ids("before")
    valkey_of_its_own.stop()
    error = viewer.ask("subscribe", {"stream": person.stream()})["error"]
    assert error["code"] == "redis_down"
    valkey_of_its_own.start()
    wait_until(
        lambda: frail.redis.pubsub_numsub("weir:frames")[0][1], 20, "the web process to listen"
    )
    frail.push(post("after"), to=stream)
    viewer.wait_for_ids("before", "after")


def test_a_viewer_with_a_number_of_a_lost_redis_is_never_told_that_nothing_was_missed(
    frail: Site, connect: Connect
) -> None:
    person = Person(frail)
    stream = person.stream(running=True)
    viewer = connect(person)
    epoch = viewer.ask("subscribe", {"stream": stream})["epoch"]
    frail.push(post(1), post(2), to=stream)
    viewer.wait_for_ids("1", "2")
    first = viewer.frames[-1]["epoch"]
    kept = viewer.ask("subscribe", {"stream": stream, "since": 1, "epoch": first})
    assert (kept["continues"], kept["missed"], len(kept["posts"])) == (True, 0, 1)
    frail.redis.delete(names.live_key(stream), names.ring_key(stream))
    frail.push(post(3), post(4), post(5), to=stream)
    viewer.wait_for_ids("1", "2", "3", "4", "5")
    second = viewer.frames[-1]["epoch"]
    assert len({epoch, first, second}) == 3
    answer = viewer.ask("subscribe", {"stream": stream, "since": 2, "epoch": first})
    assert (answer["epoch"], answer["continues"]) == (second, False)
    assert [each["id"] for each in answer["posts"]] == ["3", "4", "5"]
    refused = viewer.ask("subscribe", {"stream": stream, "since": 2, "epoch": 7})
    assert refused["error"]["code"] == "bad_request"


def test_orders_stand_while_redis_is_away(frail: Site, valkey_of_its_own: Valkey) -> None:
    person = Person(frail)
    stream = person.stream()
    valkey_of_its_own.stop()
    refused = person.call("POST", f"/streams/{stream}/start")
    shown = person.call("GET", f"/streams/{stream}")
    ready = person.browser.http.get(frail.url + "/readyz", timeout=20)
    valkey_of_its_own.start()
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "redis_down")
    assert shown.json()["wanted"] == "running"
    assert shown.json()["status"]["fault"]["code"] == "redis_down"
    assert (ready.status_code, ready.json()["missing"]) == (503, ["redis"])
    assert ready.json()["unknown"] == ["collector", "tagger"]
    assert ready.json()["faults"] == {"redis": "does not answer"}  # and not where it is


def test_a_redis_that_hangs_is_said_to_be_down_and_taken_up_again(
    frail: Site, valkey_of_its_own: Valkey, connect: Connect
) -> None:
    person = Person(frail)
    stream = person.stream(running=True)
    viewer = connect(person)
    viewer.ask("subscribe", {"stream": stream})
    os.kill(valkey_of_its_own.pid, signal.SIGSTOP)
    try:
        refused = person.call("POST", f"/streams/{stream}/start")
        shown = person.call("GET", f"/streams/{stream}")
        lives = frail.get("/healthz")
    finally:
        os.kill(valkey_of_its_own.pid, signal.SIGCONT)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "redis_down")
    assert shown.json()["status"]["fault"]["code"] == "redis_down"
    assert lives.ok
    wait_until(
        lambda: person.call("POST", f"/streams/{stream}/start").ok, 20, "orders to be taken again"
    )
    wait_until(
        lambda: frail.redis.pubsub_numsub("weir:frames")[0][1], 20, "the web process to listen"
    )
    frail.push(post("after"), to=stream)
    viewer.wait_for_ids("after")


def test_readiness_names_what_is_missing(frail: Site) -> None:
    def missing() -> list[str]:
        found: list[str] = frail.get("/readyz").json()["missing"]
        return found

    assert frail.get("/healthz").json() == {"status": "ok"}
    assert missing() == ["collector", "tagger"]
    heartbeats.beat(frail.redis, "collector", "c1")
    assert missing() == ["tagger"]
    heartbeats.beat(frail.redis, "tagger", "t1")
    ready = frail.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["warnings"]["jobs"].startswith("no worker for exports")
    heartbeats.beat(frail.redis, "jobs", "j1")
    assert frail.get("/readyz").json()["warnings"] == {}
    machine = Machine("m1", now_ms(), "weir", 1, 1, clock="Its clock is wrong.")
    machines.report(frail.redis, machine)
    assert frail.get("/readyz").json()["warnings"] == {"clock": "m1: Its clock is wrong."}
    machines.report(frail.redis, replace(machine, clock=""))
    frail.redis.config_set("maxmemory-policy", "allkeys-lru")
    frail.redis.config_set("maxmemory", "64mb")
    ready = frail.get("/readyz")
    frail.redis.config_set("maxmemory", 0)
    frail.redis.config_set("maxmemory-policy", "noeviction")
    assert (ready.status_code, list(ready.json()["warnings"])) == (200, ["redis"])
    heartbeats.clear(frail.redis, "tagger", "t1")
    assert (frail.get("/readyz").status_code, missing()) == (503, ["tagger"])


def test_a_restart_of_the_web_process_loses_no_session(frail: Site, connect: Connect) -> None:
    person = Person(frail)
    stream = person.stream(running=True)
    frail.push(post(1), to=stream)
    frail.processes.stop(frail.name)
    frail.push(post(2), to=stream)
    frail.start()
    viewer = connect(person)
    answer = viewer.ask("subscribe", {"stream": stream, "since": 1})
    assert [each["id"] for each in answer["posts"]] == ["2"]
    frail.push(post(3), to=stream)
    viewer.wait_for_ids("3")
