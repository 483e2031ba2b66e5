"""A deletion reaches capture clients: our agent carries it out, the old client's owner is told."""

import json
from typing import Any

from tests.end_to_end.test_capture_client import counted, running
from tests.end_to_end.test_deletions import done
from tests.rig.machine import Machine
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.verify import verify

SECONDS = 20.0


def own_work(machine: Machine, deletion_id: str) -> dict[str, Any]:
    shown = machine.owner.call("GET", f"/deletions/{deletion_id}")
    [work] = [each for each in shown["machines"] if each["machine"].startswith("client ")]
    return dict(work)


def is_proved(machine: Machine) -> bool:
    folder = SegmentCatalog(str(machine.folder / "data"))
    return not any(verify(folder, each).bad for each in folder.segments())


def test_a_running_agent_takes_posts_out_and_keeps_them_out(
    machine: Machine, upstream: Upstream
) -> None:
    stream = running(machine, machine.job("meadow", "clover"))
    ids = upstream.post(*(f"clover {number}" for number in range(5)))
    upstream.post("clover by another", author_id="4242")
    counted(machine, 6)
    asked = {"ids": [ids[1], "404"], "authors": ["4242"], "reason": "its author asked"}
    shown = done(machine.owner, machine.owner.call("POST", "/deletions", asked)["id"])
    assert (shown["found"], shown["not_found"], shown["by_hand"]) == (2, ["404"], None)
    assert own_work(machine, shown["id"])["machine"].endswith(machine.client["name"])
    [taken] = shown["segments"]
    assert (taken["collection"], taken["lines"]) == ("meadow", 2)
    assert machine.ids("meadow") == [ids[0], *ids[2:]]
    upstream.deliver({"data": {"id": ids[1], "text": "clover again", "lang": "en"}})
    later = upstream.post("clover last")
    counted(machine, 7)
    machine.owner.call("POST", f"/streams/{stream}/stop")
    wait_until(lambda: machine.owner.state(stream) == "stopped", SECONDS, "the answer to the stop")
    assert machine.ids("meadow") == [ids[0], *ids[2:], *later]
    assert is_proved(machine)
    manifests = [json.loads(each.read_text()) for each in machine.folder.rglob("*.manifest")]
    notes = [note for each in manifests for note in each["redactions"]]
    assert [(note["reason"], note["count"]) for note in notes] == [("its author asked", 2)]


def test_an_agent_that_was_away_does_it_when_it_is_back(
    machine: Machine, upstream: Upstream
) -> None:
    running(machine, machine.job("orchard", "apple"))
    ids = upstream.post("apple 1", "apple 2")
    counted(machine, 2)
    wait_until(lambda: machine.ids("orchard", ".json.tmp") == ids, SECONDS, "them on the disk")
    machine.kill()
    asked = machine.owner.call("POST", "/deletions", {"ids": ids[:1]})["id"]
    assert own_work(machine, asked)["done_at"] is None
    machine.start()
    shown = done(machine.owner, asked)
    assert [(each["collection"], each["lines"]) for each in shown["segments"]] == [("orchard", 1)]
    assert machine.ids("orchard") == ids[1:]
    assert is_proved(machine)
    assert machine.stop() == 0
