"""A captured stream keeps every delivered post once, in sealed segments that prove themselves."""

import hashlib
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import requests

from tests.end_to_end.test_streams import running
from tests.rig.capture_folder import capture_folder
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 20.0
SignIn = Callable[[str], Person]


def captured(somebody: Person, collection: str, word: str, **plan: object) -> str:
    body = {
        "filter": {"word": word},
        "plan": {"capture": {"collection": collection}, **plan},
    }
    stream_id: str = somebody.call("POST", "/streams", body)["id"]
    somebody.call("POST", f"/streams/{stream_id}/start")
    return running(somebody, stream_id)


def segments(somebody: Person, stream_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = somebody.call("GET", f"/streams/{stream_id}/segments")["items"]
    return items


def stopped(somebody: Person, stream_id: str) -> dict[str, Any]:
    """Stop, and return the segment that is sealed then."""
    before = len(segments(somebody, stream_id))
    somebody.call("POST", f"/streams/{stream_id}/stop")

    def sealed() -> list[dict[str, Any]] | None:
        found = segments(somebody, stream_id)
        return found if len(found) > before else None

    return wait_until(sealed, SECONDS, "the segment to be sealed")[0]


def test_what_was_delivered_is_in_the_segment_byte_for_byte_and_can_be_downloaded(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = captured(ada, "kite days", "kite")
    ids = upstream.post(*(f"kite {number} — ünïcödé" for number in range(30)))
    segment = stopped(ada, stream_id)
    assert (segment["posts"], segment["gaps"]) == (30, 0)
    assert (segment["here"], segment["shipped_to"]) == (True, None)
    path = f"/streams/{stream_id}/segments/{segment['id']}"
    manifest = ada.call("GET", path)["manifest"]
    data = ada.ask("GET", path + "/data").content
    assert hashlib.sha256(data).hexdigest() == manifest["sha256"]
    assert (manifest["first_id"], manifest["last_id"]) == (ids[0], ids[-1])
    assert segment["first_at"] == manifest["first_received_at"]
    kept = ada.call("GET", "/collections")["items"]
    assert [(each["stream"], each["segments"], each["posts"]) for each in kept] == [
        (stream_id, 1, 30)
    ]
    assert kept[0]["bytes"] == len(data)
    assert [each["filter"]["word"] for each in manifest["filters"]] == ["kite"]
    lines = [msgspec.json.decode(line) for line in data.splitlines()]
    assert len(lines) == 30
    assert all("ünïcödé" in str(line) for line in lines)


def test_a_capture_names_no_rule_of_other_streams_on_the_connection(
    person: SignIn, upstream: Upstream
) -> None:
    ada, bob = person("ada"), person("bob")
    ours = captured(ada, "adas harp", "harp")
    theirs = captured(bob, "bobs flute", "flute")
    rules = {rule["value"].split()[0]: rule["id"] for rule in upstream.rules()}
    upstream.post("a harp", "a harp and a flute")
    for somebody, stream_id, word, posts in ((ada, ours, "harp", 2), (bob, theirs, "flute", 1)):
        segment = stopped(somebody, stream_id)
        path = f"/streams/{stream_id}/segments/{segment['id']}"
        manifest = somebody.call("GET", path)["manifest"]
        assert (manifest["count"], manifest["rules_left_out"]) == (posts, 1)
        data = somebody.ask("GET", path + "/data").content
        assert hashlib.sha256(data).hexdigest() == manifest["sha256"]
        lines = [msgspec.json.decode(line) for line in data.splitlines()]
        assert {rule["id"] for line in lines for rule in line["matching_rules"]} == {rules[word]}
        assert [line["__weir"].get("rules_left_out") for line in lines][-1:] == [1]
        assert ours.encode() not in data
        assert theirs.encode() not in data


def test_a_budget_stops_the_stream_before_it_is_passed(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    stream_id = captured(ada, "budgeted", "balloon", budget_posts=25)
    upstream.post(*(f"balloon {number}" for number in range(60)))
    wait_until(lambda: ada.state(stream_id) == "failed", SECONDS, "the stream to stop")
    assert ada.call("GET", f"/streams/{stream_id}")["status"]["fault"]["code"] == "budget_spent"
    wait_until(lambda: segments(ada, stream_id), SECONDS, "the segment to be sealed")
    assert sum(segment["posts"] for segment in segments(ada, stream_id)) == 25
    assert upstream.rules() == []

    def record() -> list[str]:
        edits = ada.call("GET", f"/streams/{stream_id}/edits")["items"]
        faults = [each["after"].get("fault") for each in edits if each["by"] is None]
        return [fault["code"] for fault in faults if fault]

    wait_until(lambda: record() == ["budget_spent"], SECONDS, "the state to be on record")
    ada.call("PATCH", f"/streams/{stream_id}", {"plan": {"budget_posts": 1000}})
    running(ada, stream_id)


def test_an_edit_is_in_the_manifest_with_its_generations(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = captured(ada, "edited", "violin")
    upstream.post("a violin")
    wait_until(
        lambda: ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"], SECONDS, "the post"
    )
    ada.call("PATCH", f"/streams/{stream_id}", {"filter": {"word": "cello"}})
    running(ada, stream_id)
    upstream.post("a cello")
    segment = stopped(ada, stream_id)
    manifest = ada.call("GET", f"/streams/{stream_id}/segments/{segment['id']}")["manifest"]
    assert manifest["count"] == 2
    spans = [(each["generation"], each["filter"]["word"]) for each in manifest["filters"]]
    assert spans == [(1, "violin"), (2, "cello")]


def test_what_x_delivers_around_an_edit_and_a_stop_is_all_kept(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = captured(ada, "busy", "lantern")
    upstream.clear_ledger()
    enough = threading.Event()

    def keep_posting() -> None:
        for number in itertools.count():
            upstream.post(*(f"a lantern on a tram {number}.{part}" for part in range(20)))
            if enough.is_set():
                return

    posting = threading.Thread(target=keep_posting)
    posting.start()
    try:
        wait_until(
            lambda: ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"], SECONDS, "posts"
        )
        ada.call("PATCH", f"/streams/{stream_id}", {"filter": {"word": "tram"}})
        running(ada, stream_id)
        segment = stopped(ada, stream_id)
    finally:
        enough.set()
        posting.join()
    data = ada.ask("GET", f"/streams/{stream_id}/segments/{segment['id']}/data").content
    kept = [msgspec.json.decode(line)["data"]["id"] for line in data.splitlines()]
    delivered = dict.fromkeys(entry["id"] for entry in upstream.ledger())
    assert kept == list(delivered)
    wait_until(
        lambda: ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"] == len(kept),
        SECONDS,
        "all of them to be counted",
    )


def test_a_killed_collector_loses_nothing_that_was_synced_and_the_rest_is_a_gap(
    quiet: Weir, person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = captured(ada, "crash", "harbour")
    ids = upstream.post(*(f"harbour {number}" for number in range(10)))
    folder = capture_folder(quiet.data_dir, "crash")

    def synced() -> bool:
        return ids[-1] in "".join(path.read_text() for path in folder.glob("*.tmp"))

    wait_until(synced, SECONDS, "the posts to be on the disk")
    quiet.kill("collector")
    quiet.start("collector")
    wait_until(lambda: segments(ada, stream_id), 40, "what was left open to be sealed")
    running(ada, stream_id)
    manifest = ada.call(
        "GET", f"/streams/{stream_id}/segments/{segments(ada, stream_id)[-1]['id']}"
    )["manifest"]
    assert manifest["count"] == 10
    assert manifest["last_id"] == ids[-1]


def test_a_collection_belongs_to_one_stream_of_its_account(person: SignIn) -> None:
    ada, bob = person("ada"), person("bob")
    body = {"filter": {"word": "kite"}, "plan": {"capture": {"collection": "mine"}}}
    for somebody in (ada, bob):
        somebody.call("POST", "/streams", body)
        refused = somebody.ask("POST", "/streams", body)
        assert refused.status_code == 409
        assert refused.json()["error"]["field"] == "plan.capture.collection"


def test_a_collection_name_with_a_path_in_it_is_refused(person: SignIn) -> None:
    for name in ("../../etc", "a/b", "", ".hidden", "x" * 65):
        body = {"filter": {"word": "kite"}, "plan": {"capture": {"collection": name}}}
        answer = person("ada").ask("POST", "/streams", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_name"), name


def test_segments_are_their_owners_only(person: SignIn, upstream: Upstream) -> None:
    ada, bob = person("ada"), person("bob")
    stream_id = captured(ada, "private", "lantern")
    upstream.post("a lantern")
    wait_until(
        lambda: ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"], SECONDS, "the post"
    )
    segment = stopped(ada, stream_id)
    path = f"/streams/{stream_id}/segments"
    for each in (path, f"{path}/{segment['id']}", f"{path}/{segment['id']}/data"):
        assert bob.ask("GET", each).status_code == 404
        assert requests.get(f"{bob.url}/api/v1{each}", timeout=10).status_code == 401


def test_a_schedule_begins_and_ends_a_stream_by_itself(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    now = int(time.time() * 1000)
    stream_id = ada.call("POST", "/streams", {"filter": {"word": "parade"}})["id"]
    ada.call("PATCH", f"/streams/{stream_id}", {"plan": {"starts_at": now + 3_600_000}})
    ada.call("POST", f"/streams/{stream_id}/start")
    assert ada.state(stream_id) == "scheduled"
    ada.call("PATCH", f"/streams/{stream_id}", {"plan": {"starts_at": now - 1000}})
    running(ada, stream_id)
    ended = {"plan": {"ends_at": int(time.time() * 1000) + 500}}
    ada.call("PATCH", f"/streams/{stream_id}", ended)
    wait_until(lambda: ada.state(stream_id) == "finished", SECONDS, "the end of the schedule")
    wait_until(lambda: upstream.rules() == [], SECONDS, "its rule to go")
    upside_down = {"plan": {"starts_at": now, "ends_at": now - 1}}
    refused = ada.ask("PATCH", f"/streams/{stream_id}", upside_down)
    assert refused.json()["error"]["field"] == "plan.ends_at"


def test_edits_tell_which_words_came_and_went(person: SignIn) -> None:
    ada = person("ada")
    body = {"filter": {"keywords": ["oak", "elm"]}}
    stream_id = ada.call("POST", "/streams", body)["id"]
    ada.call("PATCH", f"/streams/{stream_id}", {"filter": {"keywords": ["elm", "ash"]}})
    edit = ada.call("GET", f"/streams/{stream_id}/edits")["items"][-1]
    assert (edit["added"], edit["removed"]) == (["ash"], ["oak"])
