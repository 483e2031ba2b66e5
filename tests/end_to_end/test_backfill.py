"""What X sent while nobody listened is searched for, captured once, counted once, and marked."""

from collections.abc import Callable
from typing import Any

import msgspec

from tests.end_to_end.test_captures import captured, segments, stopped
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 60.0
SEARCH = "/2/tweets/search/recent"
SignIn = Callable[[str], Person]


def cut(somebody: Person, stream_id: str, upstream: Upstream) -> None:
    """Have X close the connection and refuse the next one, which Weir tries again in 5 s."""
    upstream.fault("http_503", count=1)
    upstream.fault("close")
    wait_until(lambda: somebody.state(stream_id) == "reconnecting", SECONDS, "the cut")


def gaps(somebody: Person, stream_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = somebody.call("GET", f"/streams/{stream_id}/gaps")["items"]
    return items


def filled(somebody: Person, stream_id: str, state: str = "filled") -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        return [gap for gap in gaps(somebody, stream_id) if gap["state"] == state and gap["posts"]]

    return wait_until(found, SECONDS, f"a gap to be {state}")[0]


def lines_of(somebody: Person, stream_id: str) -> list[dict[str, Any]]:
    """Return all captured lines of a stopped stream."""
    found: list[dict[str, Any]] = []
    for segment in segments(somebody, stream_id):
        path = f"/streams/{stream_id}/segments/{segment['id']}/data"
        data = somebody.ask("GET", path).content
        found += [msgspec.json.decode(line) for line in data.splitlines()]
    return found


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


def test_a_gap_is_filled_with_all_posts_but_reposts_each_once(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = captured(ada, "lanterns", "lantern", backfill=True)
    viewer = ada.watch(stream_id)
    before = upstream.post("first lantern", "second lantern")
    cut(ada, stream_id, upstream)
    missed = upstream.post(*(f"lantern {number}" for number in range(130)))
    upstream.deliver(repost(missed[0]))
    wait_until(lambda: ada.state(stream_id) == "running", SECONDS, "the stream to run")
    after = upstream.post("last lantern")
    gap = filled(ada, stream_id)
    assert (gap["posts"], gap["missing"]) == (130, ["reposts", "deleted_since"])
    everything = {*before, *missed, *after}
    wait_until(lambda: set(viewer.ids()) == everything, SECONDS, "the viewer to see all")
    assert len(viewer.ids()) == len(everything)
    marked = {post["id"] for post in viewer.posts if post.get("backfilled")}
    assert marked == set(missed)
    manifest = ada.call("GET", f"/streams/{stream_id}/segments/{stopped(ada, stream_id)['id']}")[
        "manifest"
    ]
    lines = lines_of(ada, stream_id)
    assert sorted(line["data"]["id"] for line in lines) == sorted(everything)
    late = {line["data"]["id"] for line in lines if line["__weir"].get("backfilled")}
    assert late == set(missed)
    assert manifest["backfilled"] == 130
    assert [(each["state"], each["posts"]) for each in manifest["backfills"]] == [("filled", 130)]
    totals = ada.call("GET", f"/streams/{stream_id}")["totals"]
    assert totals["posts"] == len(everything)


def test_a_collector_killed_while_it_fills_a_gap_is_followed_by_one_that_goes_on(
    quiet: Weir, person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = captured(ada, "beacons", "beacon", backfill=True)
    cut(ada, stream_id, upstream)
    missed = upstream.post(*(f"beacon {number}" for number in range(250)))
    wait_until(lambda: ada.state(stream_id) == "running", SECONDS, "the stream to run")

    def begun() -> bool:
        return any(gap["state"] == "filling" and gap["posts"] for gap in gaps(ada, stream_id))

    wait_until(begun, SECONDS, "a page to be captured")
    quiet.kill("collector")
    meanwhile = upstream.post("beacon one", "beacon two")
    quiet.start("collector")
    wait_until(lambda: ada.state(stream_id) == "running", SECONDS, "the stream to run")
    assert filled(ada, stream_id)["posts"] == 250

    def of_the_kill() -> list[dict[str, Any]]:
        found = gaps(ada, stream_id)
        return [gap for gap in found if gap["reason"] == "collector_restarted" and gap["posts"]]

    assert wait_until(of_the_kill, SECONDS, "the gap of the kill to be filled")[0]["posts"] == 2
    stopped(ada, stream_id)
    ids = [line["data"]["id"] for line in lines_of(ada, stream_id)]
    assert sorted(ids) == sorted([*missed, *meanwhile])
    assert ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"] == 252
