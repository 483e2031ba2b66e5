"""A stream on Mastodon, from the order to the dashboard and to sealed segments."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from tests.end_to_end.test_captures import segments, stopped
from tests.end_to_end.test_streams import running
from tests.rig.capture_folder import capture_folder
from tests.rig.person import Person
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from tests.simulator.instance import Instance

SECONDS = 20.0
SignIn = Callable[[str], Person]


@pytest.fixture
def instance(quiet: Weir) -> Iterator[Instance]:
    """The instance that the system was told of."""
    port = quiet.env["MASTODON_INSTANCE"].rpartition(":")[2]
    double = Instance("--port", port, "--token", quiet.env["MASTODON_TOKEN"])
    yield double
    assert double.stop() == 0
    assert double.complaints == ""


def lines_of(somebody: Person, stream_id: str, segment: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/streams/{stream_id}/segments/{segment['id']}/data"
    data = somebody.ask("GET", path).content
    return [msgspec.json.decode(line) for line in data.splitlines()]


def test_posts_reach_the_dashboard_and_segments_also_around_a_killed_collector(
    quiet: Weir, person: SignIn, instance: Instance
) -> None:
    ada = person("ada")
    body = {
        "source": "mastodon",
        "filter": {"word": "lantern"},
        "plan": {"capture": {"collection": "toots"}},
    }
    stream_id = ada.call("POST", "/streams", body)["id"]
    ada.call("POST", f"/streams/{stream_id}/start")
    running(ada, stream_id)
    wait_until(lambda: instance.following() == [["public"]], SECONDS, "the connection")
    viewer = ada.watch(stream_id)
    ids = instance.deliver("I love this lantern, so happy and wonderful #light", "a candle")[:1]
    ids += instance.deliver(*(f"lantern {number}\nsecond line" for number in range(9)))
    wait_until(lambda: len(viewer.posts) == 10, SECONDS, "ten posts")
    post = viewer.posts[0]
    assert (post["platform"], post["label"], post["id"]) == ("mastodon", "positive", ids[0])
    assert post["text"] == "I love this lantern, so happy and wonderful #light"
    assert post["url"] == f"https://social.example/@ann/{ids[0]}"
    assert viewer.posts[-1]["text"] == "lantern 8\nsecond line"

    instance.control("POST", "edits", json={"id": ids[0], "text": "I hate this lantern, terrible"})
    wait_until(lambda: viewer.edits, SECONDS, "the later version to reach the dashboard")
    (edit,) = viewer.edits[0]["posts"]
    assert (edit["was"], edit["post"]["id"], edit["post"]["label"]) == (
        "positive",
        ids[0],
        "negative",
    )
    assert (edit["post"]["edited"], edit["post"]["received_at"]) == (True, post["received_at"])
    assert ada.watch(stream_id).texts()[0] == "I hate this lantern, terrible"
    totals = ada.call("GET", f"/streams/{stream_id}")["totals"]
    assert (totals["posts"], totals["positive"], totals["negative"]) == (10, 0, 1)

    instance.control("POST", "deletions", json={"ids": [ids[4]]})
    wait_until(lambda: viewer.deletions, SECONDS, "the deletion to reach the dashboard")
    assert viewer.deletions[0]["ids"] == [ids[4]]
    assert {"id": ids[4], "deleted": True} in ada.watch(stream_id).posts

    folder = capture_folder(quiet.data_dir, "toots")

    def synced() -> bool:
        return ids[-1] in "".join(path.read_text() for path in folder.glob("*.tmp"))

    wait_until(synced, SECONDS, "the posts to be on the disk")
    quiet.kill("collector")
    ids += instance.deliver("lantern while nobody listens")
    quiet.start("collector")
    wait_until(lambda: instance.following() == [["public"]], 40, "the next connection")
    running(ada, stream_id)
    ids += instance.deliver("lantern at last")
    last = ["lantern at last", "lantern while nobody listens"]
    wait_until(lambda: sorted(viewer.texts()[10:]) == last, SECONDS, "the last posts")
    stopped(ada, stream_id)
    (deletion,) = ada.call("GET", "/deletions")["items"]
    deleted = f"/deletions/{deletion['id']}"
    wait_until(lambda: ada.call("GET", deleted)["state"] == "done", SECONDS, "captures to follow")
    gone = ids.pop(4)

    kept = [
        line["id"]
        for segment in segments(ada, stream_id)
        for line in lines_of(ada, stream_id, segment)
    ]
    assert sorted(kept) == sorted([*ids, ids[0]]), "each delivered version is kept once"
    manifests = [msgspec.json.decode(each.read_bytes()) for each in folder.glob("*.manifest")]
    assert sum(each["count"] - each["edits"] for each in manifests) == len(ids)
    delivered = {entry["id"] for entry in instance.ledger()["entries"]}
    assert gone in delivered
    assert set(ids) - delivered == {ids[-2]}, "all but what was fetched afterwards"
    assert delivered - set(ids)  # the instance sends all public posts; filters are ours
    gaps = ada.call("GET", f"/streams/{stream_id}/gaps")["items"]
    assert [gap["reason"] for gap in gaps] == ["collector_restarted"]
    assert gaps[0]["to"] is not None


def test_somebody_adds_an_instance_with_a_token_and_a_stream_reads_it(
    quiet: Weir, person: SignIn, instance: Instance
) -> None:
    ada = person("ada")

    def checked(token: str) -> dict[str, Any]:
        added = ada.call("POST", "/instances", {"address": instance.base, "token": token})

        def is_checked() -> dict[str, Any] | None:
            (found,) = ada.call("GET", "/instances")["items"]
            return found if found["state"] != "unchecked" else None

        assert added["state"] == "unchecked"
        return wait_until(is_checked, SECONDS, "the check")

    refused = checked("not-a-good-token")
    assert (refused["state"], refused["fault"]["code"]) == ("refused", "unauthorized")
    works = checked(quiet.env["MASTODON_TOKEN"])
    assert (works["state"], works["id"]) == ("works", refused["id"])
    plan = {"instance": works["id"], "local": True}
    body = {"source": "mastodon", "filter": {"word": "beacon"}, "plan": plan}
    stream_id = ada.call("POST", "/streams", body)["id"]
    ada.call("POST", f"/streams/{stream_id}/start")
    running(ada, stream_id)
    wait_until(lambda: ["public:local"] in instance.following(), SECONDS, "the timeline")
    viewer = ada.watch(stream_id)
    ids = instance.deliver("a beacon")
    wait_until(lambda: viewer.ids() == ids, SECONDS, "the post")
