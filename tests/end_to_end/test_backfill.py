"""What X sent during a gap is searched for, captured once, counted once, and marked."""

from collections.abc import Callable
from typing import Any

import msgspec

from tests.end_to_end.test_captures import captured, segments, stopped
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 60.0
SignIn = Callable[[str], Person]


def cut(somebody: Person, stream_id: str, upstream: Upstream) -> None:
    """Have X close the connection and refuse the next one, which Weir tries again in 5 s."""
    upstream.fault("http_503", count=1)
    upstream.fault("close")
    wait_until(lambda: somebody.state(stream_id) == "reconnecting", SECONDS, "the cut")


def gaps(somebody: Person, stream_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = somebody.call("GET", f"/streams/{stream_id}/gaps")["items"]
    return items


def both_filled(somebody: Person, stream_id: str) -> list[dict[str, Any]] | None:
    """Return the two gaps with posts once both are filled."""
    found = [gap for gap in gaps(somebody, stream_id) if gap["posts"]]
    return found if [gap["state"] for gap in found] == ["filled", "filled"] else None


def lines_of(somebody: Person, stream_id: str) -> list[dict[str, Any]]:
    """Return all captured lines of a stopped stream."""
    found: list[dict[str, Any]] = []
    for segment in segments(somebody, stream_id):
        path = f"/streams/{stream_id}/segments/{segment['id']}/data"
        data = somebody.ask("GET", path).content
        found += [msgspec.json.decode(line) for line in data.splitlines()]
    return found


def manifests_of(somebody: Person, stream_id: str) -> list[dict[str, Any]]:
    path = f"/streams/{stream_id}/segments"
    items = segments(somebody, stream_id)
    return [somebody.call("GET", f"{path}/{each['id']}")["manifest"] for each in items]


def repost(of: str) -> dict[str, Any]:
    original = {"id": of, "text": "a lantern", "lang": "en"}
    return {
        "data": {
            "text": "RT @a: a lantern",
            "lang": "en",
            "referenced_tweets": [{"type": "retweeted", "id": of}],
        },
        "includes": {"tweets": [original]},
    }


def test_a_gap_is_filled_with_all_posts_but_reposts_each_once_though_its_collector_is_killed(
    quiet: Weir, person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = captured(ada, "lanterns", "lantern", backfill=True)
    viewer = ada.watch(stream_id)
    before = upstream.post("first lantern", "second lantern")
    cut(ada, stream_id, upstream)
    missed = upstream.post(*(f"lantern {number}" for number in range(130)))
    upstream.deliver(repost(missed[0]))
    wait_until(lambda: ada.state(stream_id) == "running", SECONDS, "the stream to run")
    wait_until(lambda: any(g["posts"] for g in gaps(ada, stream_id)), SECONDS, "a page to be kept")
    quiet.kill("collector")
    of_the_kill = upstream.post("lantern of the kill")
    quiet.start("collector")
    cut_gap, kill_gap = wait_until(lambda: both_filled(ada, stream_id), SECONDS, "both gaps")
    assert (cut_gap["posts"], cut_gap["missing"]) == (130, ["reposts", "deleted_since"])
    assert (kill_gap["posts"], kill_gap["reason"]) == (1, "collector_restarted")
    late = {*missed, *of_the_kill}
    everything = {*before, *late}
    wait_until(lambda: set(viewer.ids()) >= everything, SECONDS, "the viewer to see all")
    assert len(viewer.ids()) == len(everything)
    assert {post["id"] for post in viewer.posts if post.get("backfilled")} == late
    stopped(ada, stream_id)
    assert ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"] == len(everything)
    lines = lines_of(ada, stream_id)
    assert sorted(line["data"]["id"] for line in lines) == sorted(everything)
    marked = {line["data"]["id"] for line in lines if line["__weir"].get("backfilled")}
    assert marked == late
    manifests = manifests_of(ada, stream_id)
    assert sum(each["backfilled"] for each in manifests) == len(late)
    told = [(each["state"], each["posts"]) for one in manifests for each in one["backfills"]]
    assert sorted(told) == [("filled", 1), ("filled", 130)]
