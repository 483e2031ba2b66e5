"""Posts of Bluesky, from sign-in to viewer, sealed segment and export; a killed collector."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from tests.end_to_end.test_streams import running
from tests.rig.capture_folder import capture_folder
from tests.rig.person import Person
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from tests.simulator.jetstream import Jetstream
from workers.export.cli import main as captures

SECONDS = 30.0


def all_done(ada: Person) -> bool:
    deletions = ada.call("GET", "/deletions")["items"]
    return len(deletions) >= 2 and all(each["state"] == "done" for each in deletions)


def test_posts_are_shown_labelled_and_captured_and_a_killed_collector_leaves_no_gap(
    quiet: Weir, person: Callable[[str], Person], jetstream: Jetstream, tmp_path: Path
) -> None:
    weir, ada = quiet, person("ada")
    refused = ada.ask("POST", "/streams", {"source": "bluesky", "filter": {"place": "Madrid"}})
    assert refused.json()["error"]["code"] == "no_places"
    plan = {"capture": {"collection": "skies", "on_deletion": "mark"}}
    body = {"source": "bluesky", "filter": {"word": "comet"}, "plan": plan}
    made = ada.call("POST", "/streams", body)
    assert made["source"] == "bluesky"
    stream_id = made["id"]
    ada.call("POST", f"/streams/{stream_id}/start")
    running(ada, stream_id)
    with closing(ada.watch(stream_id)) as viewer:
        ids = jetstream.publish("I love this comet, wonderful", "no star here", "the comet")
        ids = [ids[0], ids[2]]
        wait_until(lambda: viewer.ids() == ids, SECONDS, "two posts")
        assert viewer.posts[0]["label"] == "positive"
        assert viewer.posts[0]["platform"] == "bluesky"
        jetstream.control("POST", "edits", json={"uri": ids[1], "text": "no star at all"})
        wait_until(lambda: viewer.edits, SECONDS, "a version that the filter does not match")
        assert viewer.edits[0]["posts"][0]["post"]["text"] == "no star at all"
        weir.kill("collector")
        ids += jetstream.publish("a comet while nobody reads", "another comet meanwhile")
        weir.start("collector")
        wait_until(lambda: set(ids) <= set(viewer.ids()), SECONDS, "what was posted meanwhile")
        ids += jetstream.publish("a comet afterwards")
        wait_until(lambda: viewer.ids() == ids, SECONDS, "each post once, in order")
        jetstream.control("POST", "deletions", json={"uris": [ids[-1]]})
        wait_until(lambda: viewer.deletions, SECONDS, "the deletion")
        assert viewer.deletions[0]["ids"] == [ids[-1]]
        gone = {"handle": "demo.bsky.social", "status": "deactivated"}
        did = jetstream.control("POST", "accounts", json=gone)["did"]
        wait_until(
            lambda: any(each["authors"] == [did] for each in viewer.deletions),
            SECONDS,
            "the end of the account",
        )
    assert all(post.get("deleted") for post in ada.watch(stream_id).posts)
    assert ada.call("GET", f"/streams/{stream_id}/gaps")["items"] == []
    assert ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"] == len(ids)
    ada.call("POST", f"/streams/{stream_id}/stop")
    wait_until(lambda: all_done(ada), SECONDS, "the deletions in captures")
    folder = capture_folder(weir.data_dir, "skies")
    wait_until(lambda: not list(folder.glob("*.tmp")), SECONDS, "every segment to be sealed")
    kept = [
        msgspec.json.decode(line)["__weir"]
        for path in sorted(folder.glob("*.json"))
        for line in path.read_bytes().splitlines()
    ]
    assert sorted(each["id"] for each in kept if "id" in each) == sorted(ids)
    assert all(each["deleted_at"] for each in kept), "the account is gone, and the plan marks"
    later = [each["edit_of"] for each in kept if "edit_of" in each]
    assert later == [ids[1]], "a later version is kept once, also around a killed collector"
    manifests = [msgspec.json.decode(path.read_bytes()) for path in folder.glob("*.manifest*")]
    assert [each["gaps"] for each in manifests] == [[]] * len(manifests)
    table = tmp_path / "skies.csv"
    assert captures(["export", "--format", "csv", "--out", str(table), str(folder)]) == 0
    assert len(table.read_text().splitlines()) == 1 + len(ids) + 1
