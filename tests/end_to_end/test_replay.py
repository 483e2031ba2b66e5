"""A recording streams again: to dashboards, to new captures, whole or filtered, and ends."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.end_to_end.test_captures import captured, segments, stopped
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.viewer import Viewer
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from tests.workers.replay import files

SECONDS = 30.0
SignIn = Callable[[str], Person]


def uploaded(somebody: Person, data: bytes, name: str = "made up.jsonl") -> str:
    address = f"{somebody.url}/api/v1/replays/files"
    answer = somebody.http.post(address, params={"name": name}, data=data, timeout=30)
    assert answer.status_code == 201, answer.text
    file: str = answer.json()["file"]
    return file


def replay_of(somebody: Person, **asked: object) -> tuple[str, Viewer]:
    """Make a replay, watch it, and start it."""
    stream_id: str = somebody.call("POST", "/replays", {"speed": 0, **asked})["id"]
    viewer = somebody.watch(stream_id)
    somebody.call("POST", f"/streams/{stream_id}/start")
    return stream_id, viewer


def finished(somebody: Person, stream_id: str) -> dict[str, Any]:
    wait_until(lambda: somebody.state(stream_id) == "finished", SECONDS, "the end of the replay")
    shown: dict[str, Any] = somebody.call("GET", f"/streams/{stream_id}")
    return shown


def kept_ids(somebody: Person, stream_id: str) -> list[str]:
    """Ids in the segments of a stream, in order."""
    ids: list[str] = []
    for segment in reversed(segments(somebody, stream_id)):
        path = f"/streams/{stream_id}/segments/{segment['id']}/data"
        lines = somebody.ask("GET", path).content.splitlines()
        ids += [msgspec.json.decode(line)["data"]["id"] for line in lines]
    return ids


def test_a_capture_streams_again_in_order_to_viewers_and_to_a_new_capture(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    first = captured(ada, "the storm", "storm")
    ids = upstream.post(*(f"storm {number}, happy" for number in range(300)))
    assert stopped(ada, first)["posts"] == 300
    stream_id, viewer = replay_of(
        ada, collection="the storm", plan={"capture": {"collection": "the storm again"}}
    )
    shown = finished(ada, stream_id)
    wait_until(lambda: len(viewer.posts) == 300, SECONDS, "the posts at the viewer")
    assert viewer.ids() == ids
    assert {post["label"] for post in viewer.posts} == {"positive"}
    assert shown["status"]["note"].startswith("100% · 300 posts · at 2")
    assert shown["totals"]["posts"] == 300
    assert kept_ids(ada, stream_id) == ids
    assert ada.call("GET", f"/streams/{stream_id}/gaps")["items"] == []
    assert shown["source"] == "replay"

    ada.call("POST", f"/streams/{stream_id}/start")  # from the beginning: it came to its end
    wait_until(lambda: len(viewer.posts) == 600, SECONDS, "the posts again")
    assert viewer.ids() == ids * 2
    finished(ada, stream_id)
    assert kept_ids(ada, stream_id) == ids  # a collection holds each post once


def test_a_filter_chooses_among_what_was_captured(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    first = captured(ada, "mixed", "harvest")
    upstream.post("harvest of apples", "harvest of PEARS!", "harvest of pearls")
    upstream.deliver({"data": {"text": "harvest pears", "lang": "en"}})
    stopped(ada, first)
    stream_id, viewer = replay_of(ada, collection="mixed", filter={"word": "pears"})
    assert finished(ada, stream_id)["totals"]["posts"] == 2
    assert viewer.texts() == ["harvest of PEARS!", "harvest pears"]


TEXTS = [(1_330_000_000_000_000_001 + number, f"hail {number}") for number in range(5)]
V1 = "\r\n".join(
    ['{"limit":{"track":3}}', "", *(files.v1(*each) for each in TEXTS), files.v1(9, "torn")[:80]]
)
TWARC = "\n".join(
    [
        files.twarc_page(*(files.v2(*each) for each in TEXTS[:2])),
        files.twarc_stream(*TEXTS[2]),
        '{"errors":[{"title":"operational-disconnect"}]}',
        *(files.flat(*each) for each in TEXTS[3:]),
    ]
)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("old client.json", V1.encode(), "passed over: 1 limit, 1 torn"),
        ("old client.json.tmp", V1.encode(), "1 torn"),
        ("twarc.jsonl.gz", files.gz(TWARC.encode()), "passed over: 1 errors"),
        ("twarc.ndjson.zst", files.zst(TWARC.encode()), "passed over: 1 errors"),
        ("cut off.json.gz", files.gz(TWARC.encode() + b"\n")[:-4], "1 damaged files"),
    ],
)
def test_files_of_others_can_be_played(person: SignIn, name: str, data: bytes, said: str) -> None:
    ada = person("ada")
    stream_id, viewer = replay_of(ada, file=uploaded(ada, data, name))
    shown = finished(ada, stream_id)
    wait_until(lambda: len(viewer.posts) == 5, SECONDS, "the posts")
    assert viewer.texts() == [text for _, text in TEXTS]
    assert said in shown["status"]["note"]
    assert "5 posts" in shown["status"]["note"]


def test_a_silence_is_kept_the_stream_runs_on_and_a_new_start_goes_on_from_there(
    person: SignIn,
) -> None:
    ada = person("ada")
    lines = [files.v1(1, "before"), files.v1(2, "just after", 0.2), files.v1(3, "late", 3600)]
    stream_id, viewer = replay_of(ada, file=uploaded(ada, "\n".join(lines).encode()), speed=1)
    wait_until(lambda: len(viewer.posts) == 2, SECONDS, "the posts before the silence")
    wait_until(lambda: _runs_on(ada, stream_id), SECONDS, "it to run on after two posts")
    ada.call("POST", f"/streams/{stream_id}/stop")
    wait_until(lambda: ada.state(stream_id) == "stopped", SECONDS, "the stop")
    wait_until(
        lambda: "2 posts" in str(ada.call("GET", f"/streams/{stream_id}")["status"]["note"]),
        SECONDS,
        "how far it came to be noted",
    )
    ada.call("POST", f"/streams/{stream_id}/start")
    finished(ada, stream_id)
    assert viewer.texts() == ["before", "just after", "late"]


def _runs_on(somebody: Person, stream_id: str) -> bool:
    status = somebody.call("GET", f"/streams/{stream_id}")["status"]
    return status["state"] == "running" and "2 posts" in str(status["note"])


def test_times_choose_a_part_of_the_recording(person: SignIn) -> None:
    ada = person("ada")
    lines = [files.v1(number, f"minute {number}", 60 * number) for number in range(1, 6)]
    begin = files.BEGAN * 1000
    file = uploaded(ada, "\n".join(lines).encode())
    stream_id, viewer = replay_of(
        ada, file=file, **{"from": begin + 120_000, "until": begin + 240_000}
    )
    assert finished(ada, stream_id)["totals"]["posts"] == 2
    assert viewer.texts() == ["minute 2", "minute 3"]


def test_a_killed_collector_loses_nothing_of_what_is_captured_anew(
    quiet: Weir, person: SignIn
) -> None:
    ada = person("ada")
    lines = [files.v1(number, f"gust {number}", number / 100) for number in range(1, 301)]
    file = uploaded(ada, "\n".join(lines).encode())
    stream_id, viewer = replay_of(
        ada, file=file, speed=1, plan={"capture": {"collection": "gusts"}}
    )
    wait_until(lambda: len(viewer.posts) > 50, SECONDS, "some posts")
    quiet.kill("collector")
    quiet.start("collector")
    wait_until(lambda: ada.state(stream_id) == "finished", 2 * SECONDS, "the end of the replay")
    assert kept_ids(ada, stream_id) == [str(number) for number in range(1, 301)]
    assert ada.call("GET", f"/streams/{stream_id}/gaps")["items"] == []


def test_what_cannot_be_played_says_so(person: SignIn) -> None:
    ada = person("ada")
    unknown = uploaded(ada, b'{"something":"else"}\n')
    stream_id, _ = replay_of(ada, file=unknown)
    wait_until(lambda: ada.state(stream_id) == "failed", SECONDS, "the fault")
    fault = ada.call("GET", f"/streams/{stream_id}")["status"]["fault"]
    assert fault["code"] == "not_readable"
    assert "twarc" in fault["message"]
    ada.call("POST", f"/streams/{stream_id}/stop")
    ada.call("DELETE", f"/replays/files/{unknown}")
    ada.call("POST", f"/streams/{stream_id}/start")
    wait_until(lambda: _code(ada, stream_id) == "nothing_here", SECONDS, "the next fault")


def _code(somebody: Person, stream_id: str) -> str | None:
    fault = somebody.call("GET", f"/streams/{stream_id}")["status"]["fault"]
    return fault["code"] if fault else None


def test_recordings_are_their_owners_only(person: SignIn, upstream: Upstream) -> None:
    ada, bob = person("ada"), person("bob")
    first = captured(ada, "secret", "whisper")
    upstream.post("a whisper")
    unsealed = ada.ask("POST", "/replays", {"collection": "secret"})
    assert (unsealed.status_code, unsealed.json()["error"]["code"]) == (409, "nothing_sealed")
    wait_until(lambda: ada.call("GET", f"/streams/{first}")["totals"]["posts"], SECONDS, "the post")
    stopped(ada, first)
    file = uploaded(ada, files.v1(1, "mine").encode())
    for asked, field in (
        ({"collection": "secret"}, "collection"),
        ({"collection": "../../etc"}, "collection"),
        ({"file": file}, "file"),
        ({"file": f"../1/{file}"}, "file"),
    ):
        refused = bob.ask("POST", "/replays", asked)
        assert refused.status_code == 422
        assert refused.json()["error"]["code"] == f"unknown_{field}"
        assert refused.json()["error"]["field"] == field
    assert bob.call("GET", "/replays/files")["items"] == []
    assert bob.ask("DELETE", f"/replays/files/{file}").status_code == 404
    assert ada.call("GET", "/replays/files")["items"][0]["file"] == file
