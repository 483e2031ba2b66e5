"""One stream over X, Bluesky and Mastodon: one dashboard, one capture, gaps that name a source."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.end_to_end.test_captures import stopped
from tests.end_to_end.test_streams import running
from tests.rig.capture_folder import capture_folder
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from tests.simulator.jetstream import Jetstream
from workers.export.cli import main as captures

SECONDS = 30.0
STATES = {"x": "running", "bluesky": "running", "mastodon": "reconnecting"}
"""No instance of Mastodon answers."""
GAPS = {("x", False), ("mastodon", True)}
"""Sources with a gap, and whether it lasts: Bluesky is read on from its cursor."""


def states(somebody: Person, stream_id: str) -> dict[str, str]:
    status = somebody.call("GET", f"/streams/{stream_id}")["status"]
    return {each["source"]: each["state"] for each in status["sources"]}


def gaps_of(somebody: Person, stream_id: str) -> set[tuple[str, bool]]:
    gaps = somebody.call("GET", f"/streams/{stream_id}/gaps")["items"]
    return {(gap["source"], gap["to"] is None) for gap in gaps}


def written(folder: Path) -> bytes:
    """Return what is on the disk, in files that are open as well."""
    return b"".join(path.read_bytes() for path in folder.glob("*") if path.is_file())


def kept_in(folder: Path) -> list[dict[str, Any]]:
    return [
        msgspec.json.decode(line)
        for path in sorted(folder.glob("*.json"))
        for line in path.read_bytes().splitlines()
    ]


def test_two_platforms_share_a_dashboard_and_a_segment_and_a_third_is_away(
    quiet: Weir,
    person: Callable[[str], Person],
    upstream: Upstream,
    jetstream: Jetstream,
    tmp_path: Path,
) -> None:
    ada = person("ada")
    body = {
        "sources": ["mastodon", "bluesky", "x"],
        "filter": {"word": "zeppelin"},
        "plan": {"capture": {"collection": "airships"}},
    }
    made = ada.call("POST", "/streams", body)
    assert (made["source"], made["sources"]) == ("x", ["x", "bluesky", "mastodon"])
    stream_id = made["id"]
    ada.call("POST", f"/streams/{stream_id}/start")
    running(ada, stream_id)
    wait_until(lambda: states(ada, stream_id) == STATES, SECONDS, "two of three sources")
    viewer = ada.watch(stream_id)
    upstream.clear_ledger()
    ids = upstream.post("I love this zeppelin, so wonderful", "a balloon")[:1]
    ids += jetstream.publish("a zeppelin, awful, I hate it", "no airship")[:1]
    wait_until(lambda: sorted(viewer.ids()) == sorted(ids), SECONDS, "a post of each")
    assert {post["platform"]: post["label"] for post in viewer.posts} == {
        "x": "positive",
        "bluesky": "negative",
    }
    hosts = {post["platform"]: post["url"].split("/")[2] for post in viewer.posts if post["url"]}
    assert hosts["bluesky"] == "bsky.app"
    folder = capture_folder(quiet.data_dir, "airships")
    wait_until(lambda: b"awful" in written(folder) and b"love" in written(folder), SECONDS, "both")
    quiet.kill("collector")
    ids += jetstream.publish("a zeppelin while nobody reads", "zeppelin number two")
    quiet.start("collector")
    wait_until(lambda: set(ids) <= set(viewer.ids()), SECONDS, "what was posted meanwhile")
    wait_until(lambda: states(ada, stream_id) == STATES, SECONDS, "both to be connected again")
    ids += upstream.post("one more zeppelin") + jetstream.publish("the last zeppelin")
    wait_until(lambda: set(ids) <= set(viewer.ids()), SECONDS, "posts of both again")
    assert Counter(viewer.ids()) == Counter(ids)
    wait_until(lambda: gaps_of(ada, stream_id) == GAPS, SECONDS, "the gaps of two sources")
    assert ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"] == len(ids)

    stopped(ada, stream_id)
    kept = kept_in(folder)
    assert Counter(line["__weir"]["id"] for line in kept) == Counter(ids)
    sent = {each["id"] for each in upstream.ledger()} | set(jetstream.sent())
    assert {line["__weir"]["id"] for line in kept} <= sent
    manifests = [msgspec.json.decode(each.read_bytes()) for each in folder.glob("*.manifest*")]
    assert {tuple(each["sources"]) for each in manifests} == {("x", "bluesky", "mastodon")}
    assert "bluesky" not in {gap["source"] for each in manifests for gap in each["gaps"]}
    table = tmp_path / "airships.ndjson"
    assert captures(["export", "--format", "ndjson", "--out", str(table), str(folder)]) == 0
    rows = [msgspec.json.decode(line) for line in table.read_bytes().splitlines()]
    assert Counter(row["platform"] for row in rows) == {"x": 2, "bluesky": 4}
