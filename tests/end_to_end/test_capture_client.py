"""Our own agent against our own server: told what to do by HTTP, it keeps every post."""

import json
import time
from collections.abc import Callable

from tests.rig.machine import Machine
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from workers.agent.server import CaptureServer
from workers.agent.x_access import XAccess

SECONDS = 15.0
SignIn = Callable[[str], Person]


def running(machine: Machine, stream: str) -> str:
    wait_until(lambda: machine.owner.state(stream) == "running", SECONDS, "the job to run")
    return stream


def counted(machine: Machine, posts: int) -> None:
    wait_until(lambda: machine.told()["total_count"] == posts, SECONDS, f"{posts} posts told")


def delivered(upstream: Upstream) -> list[str]:
    return [entry["id"] for entry in upstream.ledger()]


def test_a_job_is_captured_whole_through_an_edit_and_stopped_at_once(
    machine: Machine, upstream: Upstream
) -> None:
    upstream.clear_ledger()
    stream = running(machine, machine.job("harbour", "ship, geo: -3.9 40.3 -3.5 40.6"))
    upstream.post("a ship", "no such thing", "another ship")
    upstream.deliver(
        {
            "data": {
                "text": "from Madrid",
                "lang": "es",
                "geo": {"coordinates": {"type": "Point", "coordinates": [-3.7, 40.42]}},
            }
        }
    )
    counted(machine, 3)
    path = f"/clients/{machine.client['id']}/jobs/{machine.told()['number']}"
    machine.owner.call("PATCH", path, {"keywords": "boat, big boat"})
    wait_until(lambda: "boat" in str(upstream.rules(machine.app)), SECONDS, "the new rule")
    wait_until(
        lambda: "ship" not in str(upstream.rules(machine.app)), SECONDS, "the old rule to go"
    )
    upstream.post("a boat", "a ship too late")
    counted(machine, 4)
    assert len({entry["connection"] for entry in upstream.ledger()}) == 1
    begun = time.monotonic()
    machine.owner.call("POST", f"/streams/{stream}/stop")
    wait_until(lambda: machine.owner.state(stream) == "stopped", SECONDS, "the answer to the stop")
    assert time.monotonic() - begun < 10
    assert machine.is_sealed("harbour")
    assert sorted(machine.ids("harbour")) == sorted(delivered(upstream))
    minutes = machine.owner.call("GET", f"/streams/{stream}/minutes")["items"]
    assert sum(each["unknown"] for each in minutes) == 4
    [manifest] = (machine.folder / "data" / "harbour").glob("*.manifest")
    told = json.loads(manifest.read_bytes())
    assert [span["filter"]["keywords"] for span in told["filters"]] == [
        "ship,geo: -3.9 40.3 -3.5 40.6",
        "boat,big boat",
    ]
    wait_until(lambda: not upstream.rules(machine.app), SECONDS, "its rules to be deleted")
    assert machine.stop() == 0


def test_the_server_counts_the_connects_of_an_agent_for_other_machines_of_its_app(
    machine: Machine,
) -> None:
    stream = running(machine, machine.job("pier", "pier"))
    configured = json.loads(machine.file.read_bytes())
    auth = configured["twitter_auth"]
    app = XAccess(auth["api_base"], auth["api_key"], auth["api_secret"]).app
    other = machine.owner.call("POST", "/clients", {"name": "another machine"})
    server = CaptureServer(configured["server"]["base_url"], other["token"])

    def counted_connects() -> int:
        shared = server.share_connects(app, [])
        return len(shared.ages) if shared is not None and shared.machines == 2 else 0

    wait_until(lambda: counted_connects() == 1, SECONDS, "the connect to be reported")
    machine.owner.call("POST", f"/streams/{stream}/stop")
    machine.owner.call("DELETE", f"/clients/{other['id']}")


def test_an_agent_that_ends_and_one_that_is_killed_lose_nothing(
    machine: Machine, upstream: Upstream
) -> None:
    upstream.clear_ledger()
    stream = running(machine, machine.job("mountain", "snow"))
    upstream.post("snow 1", "snow 2")
    counted(machine, 2)
    assert machine.stop() == 0
    assert machine.is_sealed("mountain")
    machine.start_again()
    upstream.post("snow 3")
    counted(machine, 3)
    wait_until(lambda: machine.ids("mountain", ".json.tmp"), SECONDS, "the post on the disk")
    machine.kill()
    machine.start_again()
    wait_until(lambda: [gap["to"] for gap in machine.gaps(stream)][1:], SECONDS, "two gaps")
    upstream.post("snow 4")
    counted(machine, 4)
    gaps = machine.gaps(stream)
    assert [gap["reason"] for gap in gaps] == ["agent_restarted", "agent_restarted"]
    assert all(gap["from"] < gap["to"] for gap in gaps)
    machine.owner.call("POST", f"/streams/{stream}/stop")
    wait_until(lambda: machine.owner.state(stream) == "stopped", SECONDS, "the answer to the stop")
    assert sorted(machine.ids("mountain")) == sorted(delivered(upstream))
    assert machine.is_sealed("mountain")


def test_captures_go_on_while_the_server_is_away(
    machine: Machine, upstream: Upstream, quiet: Weir
) -> None:
    stream = running(machine, machine.job("valley", "fog"))
    quiet.stop("web")
    ids = upstream.post("fog 1", "fog 2")
    wait_until(lambda: machine.ids("valley", ".json.tmp") == ids, SECONDS, "the posts on the disk")
    quiet.start("web")
    counted(machine, 2)
    assert machine.owner.state(stream) == "running"
    machine.owner.call("DELETE", f"/streams/{stream}")
    wait_until(lambda: machine.is_sealed("valley"), SECONDS, "the end of an archived job")
    assert machine.ids("valley") == ids
    assert machine.told()["status"] == 5
