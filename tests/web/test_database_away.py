"""What callers get while the database is locked, read-only or away: 503, and its name."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.web.capture_client import Owner
from tests.web.person import OldClient, Person
from tests.web.site import Site, post
from tests.web.viewing import Viewer

Connect = Callable[..., Viewer]


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey) -> Iterator[Site]:
    """A site whose database the tests may take away."""
    folder = tmp_path_factory.mktemp("frail")
    with Processes(folder / "output") as processes:
        yield Site(processes, folder, valkey_server.url)


def database(site: Site) -> Path:
    return site.folder / "data" / "weir.db"


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Hold the write lock of the database, as another process may."""
    with closing(sqlite3.connect(database(site), timeout=10, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def faults(site: Site) -> dict[str, str]:
    found: dict[str, str] = site.get("/readyz").json()["faults"]
    return found


def test_the_database_is_for_its_owner_alone(frail: Site) -> None:
    files = [database(frail), *database(frail).parent.glob("weir.db-*")]
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}


def test_a_start_while_the_database_is_locked_is_refused_and_names_it(frail: Site) -> None:
    person, client = Person(frail), OldClient(frail)
    stream = person.stream()
    with locked(frail):
        refused = person.call("POST", f"/streams/{stream}/start")
        changed = person.call("PATCH", f"/streams/{stream}", json={"name": "b"})
        legacy = client.start()
        assert list(faults(frail)) == ["database"]
    for answer in (refused, changed):
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_down")
    assert legacy.status_code == 503
    assert person.call("POST", f"/streams/{stream}/start").status_code == 202
    assert faults(frail) == {}


def test_others_are_served_while_one_waits_for_the_database(frail: Site, connect: Connect) -> None:
    # The request waits two seconds for the lock; a server that blocks meanwhile sends no frame.
    person = Person(frail)
    watched, other = person.stream(running=True), person.stream()
    viewer = connect(person)
    viewer.ask("subscribe", {"stream": watched})
    with ThreadPoolExecutor(1) as pool, locked(frail):
        waiting = pool.submit(person.call, "POST", f"/streams/{other}/start")
        sent = 0
        while not waiting.done():
            frail.push(post(sent), to=watched)
            sent += 1
            wait_until(lambda: len(viewer.ids) == sent or waiting.done(), 10, "the frame")  # noqa: B023
            seen_meanwhile = len(viewer.ids)
    assert waiting.result().status_code == 503
    assert seen_meanwhile > 10


def test_a_status_names_the_database_that_is_at_fault_and_not_the_collector(frail: Site) -> None:
    person = Person(frail)
    stream = person.stream(running=True)
    frail.started_long_ago(stream)
    shown = person.call("GET", f"/streams/{stream}").json()
    assert shown["status"]["fault"]["code"] == "no_collector"
    with locked(frail):
        shown = person.call("GET", f"/streams/{stream}").json()
    assert shown["status"]["fault"]["code"] == "database_down"
    assert "locked" in shown["status"]["fault"]["message"]


def test_a_redis_without_room_is_named_and_not_the_collector(frail: Site) -> None:
    person = Person(frail)
    stream = person.stream(running=True)
    frail.started_long_ago(stream)
    frail.redis.config_set("maxmemory", "1")
    try:
        shown = person.call("GET", f"/streams/{stream}").json()
        ready = frail.get("/readyz")
    finally:
        frail.redis.config_set("maxmemory", "0")
    assert shown["status"]["fault"]["code"] == "redis_down"
    assert ready.json()["missing"] == ["redis"]
    assert "maxmemory" in ready.json()["faults"]["redis"]


def test_a_database_that_is_gone_is_503_and_comes_back(frail: Site) -> None:
    person = Person(frail)
    away = database(frail).with_name("away")
    frail.processes.stop(frail.name)
    database(frail).rename(away)
    database(frail).mkdir()
    frail.start()
    try:
        answer = person.call("GET", "/streams")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_down")
        assert "database" in faults(frail)
    finally:
        database(frail).rmdir()
        away.rename(database(frail))
    assert person.call("GET", "/streams").status_code == 200


@contextmanager
def broken(site: Site) -> Iterator[None]:
    """Make every read of a stream fail, as in a database that is damaged or of another version."""
    with closing(sqlite3.connect(database(site), timeout=10)) as other:
        other.execute("ALTER TABLE streams RENAME TO streams_away")
        try:
            yield
        finally:
            other.execute("ALTER TABLE streams_away RENAME TO streams")


def test_viewers_are_told_that_the_database_is_away_and_when_it_is_back(
    frail: Site, connect: Connect
) -> None:
    person = Person(frail)
    stream = person.stream(running=True)
    viewer = connect(person)
    viewer.ask("subscribe", {"stream": stream})

    def codes() -> list[str | None]:
        return [(each["fault"] or {}).get("code") for each in viewer.statuses]

    wait_until(codes, 10, "a status")
    with broken(frail):
        wait_until(lambda: codes()[-1] == "database_down", 10, "word of the database")
        assert codes().count("database_down") == 1
        refused = viewer.ask("subscribe", {"stream": stream})
        assert refused["error"]["code"] == "database_down"
    wait_until(lambda: codes()[-1] != "database_down", 10, "the status")


def test_a_capture_client_gets_json_while_the_database_is_away(frail: Site) -> None:
    owner = Owner(frail)
    client = owner.client()
    client.number = owner.job(client, "floods")
    with broken(frail):
        status, body = client.call("GET", f"jobs/{client.number}/")
    assert (status, list(body)) == (503, ["detail"])
    assert client.job()["name"] == "floods"
