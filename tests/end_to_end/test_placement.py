"""A stream that may run anywhere is placed where there is room, and moves when that place hangs."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 60.0
SILENT = ("--rate", "0", "--connect-limit", "1000", "--rule-delay", "0")


@pytest.fixture
def weir(start_weir: Callable[..., Weir]) -> Weir:
    """A system whose own collector takes no streams that may run anywhere."""
    return start_weir(
        simulator=SILENT, MACHINE_SLOTS="0", MACHINE_AWAY_SECONDS="8", LEASE_SECONDS="3"
    )


@pytest.fixture
def ada(weir: Weir) -> Iterator[Person]:
    with closing(Person(weir.url, "ada")) as somebody:
        yield somebody.sign_in()


def join(weir: Weir, name: str, slots: int) -> int:
    """Start a machine with an X app of its own; gives its process id."""
    env = weir.env | {"X_API_KEY": name, "X_API_SECRET": name, "MACHINE_SLOTS": str(slots)}
    env |= {"DATABASE_URL": f"sqlite:///{weir.data_dir}/weir.db"}
    env |= {"DATA_DIR": str(weir.data_dir.parent / name)}
    command = [sys.executable, "-m", "bin.launcher.collector", name]
    return weir.processes.start(name, command, env).pid


def test_a_stream_goes_where_there_is_room_and_leaves_a_machine_that_hangs_to_itself(
    weir: Weir, ada: Person
) -> None:
    upstream = Upstream(weir.simulator_url)
    plan = {"machine": "any", "capture": {"collection": "comets"}}
    made = ada.call("POST", "/streams", {"filter": {"word": "comet"}, "plan": plan})
    path = f"/streams/{made['id']}"
    assert made["placed_on"] is None

    def shown() -> dict[str, Any]:
        found: dict[str, Any] = ada.call("GET", path)
        return found

    def runs_on(name: str) -> bool:
        one = shown()
        return bool(one["placed_on"] == name and one["status"]["state"] == "running")

    ada.call("POST", f"{path}/start")
    waiting = wait_until(lambda: shown()["status"]["fault"], SECONDS, "the reason to be told")
    assert (waiting["code"], shown()["status"]["state"]) == ("machines_full", "starting")
    first = join(weir, "lab-1", slots=1)
    wait_until(lambda: runs_on("lab-1"), SECONDS, "the stream to run on the first machine")
    viewer = ada.watch(made["id"])
    ids = upstream.post("a comet")
    wait_until(lambda: viewer.ids() == ids, SECONDS, "the first post")

    join(weir, "lab-2", slots=2)
    free = {"default": 0, "lab-1": 0, "lab-2": 2}

    def slots_free() -> bool:
        items = ada.call("GET", "/machines")["items"]
        return {_name(each): each["slots_free"] for each in items} == free

    wait_until(slots_free, SECONDS, "the free slots to be told")
    os.kill(first, signal.SIGSTOP)
    try:
        wait_until(lambda: runs_on("lab-2"), SECONDS, "the stream to run on the second machine")
        ids += upstream.post("another comet")  # both connections bring it
        wait_until(lambda: viewer.ids() == ids, SECONDS, "the second post")
    finally:
        os.kill(first, signal.SIGCONT)
    segments = wait_until(
        lambda: ada.call("GET", f"{path}/segments")["items"], SECONDS, "the first machine to seal"
    )
    assert [(each["machine"], each["posts"]) for each in segments] == [("lab-1", 1)]
    ids += upstream.post("a third comet")
    wait_until(lambda: len(viewer.ids()) >= 3, SECONDS, "the third post")
    assert viewer.ids() == ids
    gaps = ada.call("GET", f"{path}/gaps")["items"]
    assert all(gap["to"] is not None for gap in gaps)
    reasons = [gap["reason"] for gap in gaps]
    late = (
        ["starting"] if "starting" in reasons else []
    )  # where the first machine took long to join
    assert sorted(reasons) == ["machine_away", *late]

    ada.call("POST", f"{path}/stop")

    def sealed() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = ada.call("GET", f"{path}/segments")["items"]
        return items if len(items) == 2 else []

    newest = wait_until(sealed, SECONDS, "the second machine to seal")[0]
    assert (newest["machine"], newest["posts"]) == ("lab-2", 2)
    manifest = ada.call("GET", f"{path}/segments/{newest['id']}")["manifest"]
    assert [each["reason"] for each in manifest["gaps"]] == ["machine_away"]
    edits = ada.call("GET", f"{path}/edits")["items"]
    placed = [(each["by"], each["after"]) for each in edits if "placed_on" in each["after"]]
    assert placed == [(None, {"placed_on": "lab-1"}), (None, {"placed_on": "lab-2"})]


def _name(machine: dict[str, Any]) -> str:
    return str(machine["name"]) if machine["named"] else "default"
