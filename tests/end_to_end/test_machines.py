"""A collector machine joins under a name, and streams can be placed on it."""

import shutil
import sys
from collections.abc import Callable
from typing import Any

from tests.end_to_end.test_streams import running
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 30.0
SignIn = Callable[[str], Person]


def test_a_named_machine_runs_the_streams_that_are_placed_on_it(
    quiet: Weir, person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")

    def lab() -> list[dict[str, Any]]:
        items = ada.call("GET", "/machines")["items"]
        return [each for each in items if each["name"] == "lab-2"]

    body: dict[str, Any] = {"filter": {"word": "comet"}, "plan": {"machine": "lab-2"}}
    refused = ada.ask("POST", "/streams", body)
    assert refused.json()["error"]["field"] == "plan.machine"
    somewhere = ada.call("POST", "/streams", body | {"plan": {"machine": "any"}})["id"]
    ada.call("POST", f"/streams/{somewhere}/start")
    running(ada, somewhere)
    assert ada.call("GET", f"/streams/{somewhere}")["placed_on"] == "default"
    ada.call("DELETE", f"/streams/{somewhere}")
    # An app of its own at X: one connection each is all that X allows.
    env = quiet.env | {"X_API_KEY": "lab", "X_API_SECRET": "lab"}
    env |= {"DATABASE_URL": f"sqlite:///{quiet.data_dir}/weir.db"}
    env |= {"DATA_DIR": str(quiet.data_dir.parent / "lab-2")}
    reserve = shutil.disk_usage(quiet.data_dir).total - 4096  # more than is free on any disk
    env |= {"CAPTURE_DISK_RESERVE": str(reserve)}
    command = [sys.executable, "-m", "bin.launcher.collector", "lab-2"]
    quiet.processes.start("lab-2", command, env)
    assert wait_until(lab, SECONDS, "the machine to be known")[0]["state"] == "connected"

    here = running(ada, ada.start(word="comet"))
    there = ada.call("POST", "/streams", body)["id"]
    ada.call("POST", f"/streams/{there}/start")
    running(ada, there)
    viewers = [ada.watch(here), ada.watch(there)]
    ids = upstream.post("a comet")
    for viewer in viewers:
        wait_until(lambda viewer=viewer: viewer.ids() == ids, SECONDS, "the post")  # type: ignore[misc]
    assert lab()[0]["streams"] == 1
    body["plan"] |= {"capture": {"collection": "crowded out"}}
    kept = f"/streams/{ada.call('POST', '/streams', body)['id']}"
    ada.call("POST", f"{kept}/start")
    fault = wait_until(lambda: ada.call("GET", kept)["status"]["fault"], SECONDS, "the fault")
    assert (fault["code"], "crowded out" in fault["message"]) == ("disk_full", True)
    assert ada.state(there) == "running"
    wait_until(lambda: lab()[0]["disk_deeds"], SECONDS, "the machine to tell of it")
    assert lab()[0]["disk_level"] in ("stop", "warn")
    assert [deed["collection"] for deed in lab()[0]["disk_deeds"]] == ["crowded out"]
    quiet.processes.stop("lab-2")
    ids += upstream.post("another comet")
    wait_until(lambda: viewers[0].ids() == ids, SECONDS, "the post where it still runs")
    assert viewers[1].ids() == ids[:1]
