"""A deletion reaches a running capture, its sealed segments and its dashboards; X may order one."""

import gzip
from collections.abc import Callable
from typing import Any

import msgspec
import requests

from tests.end_to_end.test_captures import captured, segments, stopped
from tests.end_to_end.test_replay import replay_of, uploaded
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 30.0
SignIn = Callable[[str], Person]


def done(somebody: Person, deletion_id: str) -> dict[str, Any]:
    """Wait until a deletion is done, and return it."""

    def found() -> dict[str, Any]:
        shown: dict[str, Any] = somebody.call("GET", f"/deletions/{deletion_id}")
        return shown if shown["state"] == "done" else {}

    return wait_until(found, SECONDS, "the deletion to be done")


def arrived(somebody: Person, stream_id: str, count: int) -> None:
    def enough() -> bool:
        return bool(somebody.call("GET", f"/streams/{stream_id}")["totals"]["posts"] >= count)

    wait_until(enough, SECONDS, f"{count} posts")


def kept(somebody: Person, stream_id: str) -> str:
    """The text of all sealed segments, which their manifests prove."""
    text = ""
    for segment in segments(somebody, stream_id):
        path = f"/streams/{stream_id}/segments/{segment['id']}"
        data = somebody.ask("GET", path + "/data").content
        manifest = somebody.call("GET", path)["manifest"]
        assert (manifest["bytes"], manifest["count"]) == (len(data), data.count(b"\n"))
        text += data.decode()
    return text


def test_a_post_leaves_a_running_capture_and_does_not_come_back(
    quiet: Weir, person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = captured(ada, "vanish", "lilac")
    viewer = ada.watch(stream_id)
    ids = upstream.post(*(f"lilac {number}" for number in range(10)))
    wait_until(lambda: len(viewer.posts) == 10, SECONDS, "the posts")
    asked = ada.call("POST", "/deletions", {"ids": [ids[3], "404"], "reason": "its author asked"})
    shown = done(ada, asked["id"])
    assert (shown["found"], shown["recent"], shown["not_found"]) == (1, 1, ["404"])
    assert [each["lines"] for each in shown["segments"]] == [1]
    assert {ids[3]} <= {each for event in viewer.deletions for each in event["ids"]}
    assert ada.watch(stream_id).posts[3] == {"id": ids[3], "deleted": True}
    wait_until(lambda: segments(ada, stream_id), SECONDS, "the segment to be known")
    assert f'"{ids[3]}"' not in kept(ada, stream_id)
    assert f'"{ids[4]}"' in kept(ada, stream_id)
    quiet.restart("collector")  # what was deleted is remembered, also by another process
    wait_until(lambda: ada.state(stream_id) == "running", SECONDS, "the stream to run again")
    again = {"data": {"id": ids[3], "text": "lilac 3", "lang": "en"}}
    upstream.deliver(again, {"data": {"text": "lilac last", "lang": "en"}})
    arrived(ada, stream_id, 11)
    stopped(ada, stream_id)
    assert f'"{ids[3]}"' not in kept(ada, stream_id)
    assert "lilac last" in kept(ada, stream_id)
    assert ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"] == 11


def test_only_the_askers_captures_are_touched(person: SignIn, upstream: Upstream) -> None:
    ada, bob = person("ada"), person("bob")
    streams = {ada: captured(ada, "adas", "peony"), bob: captured(bob, "bobs", "peony")}
    (post,) = upstream.post("a peony")
    for somebody, stream_id in streams.items():
        arrived(somebody, stream_id, 1)
        stopped(somebody, stream_id)
    done(ada, ada.call("POST", "/deletions", {"ids": [post]})["id"])
    assert (kept(ada, streams[ada]), f'"{post}"' in kept(bob, streams[bob])) == ("", True)
    assert bob.call("GET", "/deletions")["items"] == []


def test_what_x_says_must_go_goes(quiet: Weir, person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    stream_id = captured(ada, "lawful", "orchid")
    ids = upstream.post(*(f"orchid {number}" for number in range(6)))
    arrived(ada, stream_id, 6)
    stopped(ada, stream_id)
    gone = {ids[1]: "deleted", ids[2]: "suspended", ids[4]: "deleted"}
    answer = requests.post(
        f"{quiet.simulator_url}/_control/compliance", json={"tweets": gone}, timeout=10
    )
    assert answer.ok, answer.text
    check = done(ada, ada.call("POST", "/deletions", {"compliance": True})["id"])
    children = [done(ada, child) for child in check["children"]]
    assert sorted((each["reason"], each["found"]) for each in children) == [
        ("X: deleted", 2),
        ("X: suspended", 1),
    ]
    assert all(each["parent"] == check["id"] for each in children)
    left = kept(ada, stream_id)
    assert [f'"{post}"' in left for post in ids] == [True, False, False, True, False, True]


def test_an_uploaded_file_loses_its_posts_and_can_still_be_played(person: SignIn) -> None:
    ada, bob = person("ada"), person("bob")
    lines = [
        msgspec.json.encode({"id_str": str(number), "text": f"iris {number}", "lang": "en"})
        for number in range(1, 6)
    ]
    data = gzip.compress(b"\n".join(lines))
    mine, theirs = uploaded(ada, data), uploaded(bob, data)
    shown = done(ada, ada.call("POST", "/deletions", {"ids": ["2", "4"]})["id"])
    taken = [(each["collection"], each["file"], each["lines"]) for each in shown["segments"]]
    assert taken == [("(uploads)", mine, 2)]
    for somebody, file, ids in ((ada, mine, "135"), (bob, theirs, "12345")):
        _, viewer = replay_of(somebody, file=file)
        wait_until(lambda: len(viewer.posts) == len(ids), SECONDS, "the replay")  # noqa: B023
        assert [post["id"] for post in viewer.posts] == list(ids)
