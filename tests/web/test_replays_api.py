"""Replays over REST: files are taken, told apart and kept apart; what to play is checked."""

import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from streams.replay import uploads
from tests.web.person import Person
from tests.web.site import Site
from tests.workers.replay import files
from web.uploads import MAX_FILE, MAX_FILES

LINE = files.v1(1, "made up").encode() + b"\n"


def sent(person: Person, data: bytes, name: str = "made up.jsonl") -> requests.Response:
    return person.call("POST", "/replays/files", params={"name": name}, data=data)


def refused(answer: requests.Response) -> tuple[int, str, str | None]:
    error: dict[str, Any] = answer.json()["error"]
    return answer.status_code, error["code"], error.get("field")


def folder(site: Site, person: Person) -> Path:
    account_id = person.call("GET", "/me").json()["id"]
    return uploads(site.folder / "data", account_id)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("storm.jsonl.gz", "storm.jsonl.gz"),
        ("the storm.json.tmp", "the_storm.json.tmp.json"),
        ("../../etc/passwd", "passwd.json"),
        ("..", "upload.json"),
        ("x.manifest", "x.manifest.json"),
        ("\x00\n", "upload.json"),
        ("буря.ndjson", "ndjson.json"),
    ],
)
def test_a_file_is_kept_under_a_harmless_name(
    site: Site, person: Person, name: str, kept: str
) -> None:
    answer = sent(person, LINE, name)
    assert answer.status_code == 201, answer.text
    file = answer.json()["file"]
    assert file.partition("-")[2] == kept
    assert answer.json()["bytes"] == len(LINE)
    assert (folder(site, person) / file).read_bytes() == LINE
    assert person.call("GET", "/replays/files").json()["items"] == [answer.json()]
    assert person.call("DELETE", f"/replays/files/{file}").status_code == 204
    assert person.call("DELETE", f"/replays/files/{file}").status_code == 404


def test_the_id_of_a_file_begins_with_the_key_of_its_upload(person: Person) -> None:
    def upload(key: str) -> requests.Response:
        return person.call("POST", "/replays/files", params={"key": key}, data=LINE)

    assert upload("0123456789abcdef").json()["file"] == "0123456789abcdef-upload.json"
    assert refused(upload("0123456789abcdef")) == (409, "known_key", "key")
    assert upload("../../../etc/pas").status_code == 422


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"name,colour\n1,red\n",
        b"\x1f\x8b broken",
        b"\x28\xb5\x2f\xfd broken",
        files.gz(b"plain text"),
        files.zst(b"[1, 2"),
        b"\x00" * 3_000_000,
        b"{" * 10_000,
    ],
)
def test_what_cannot_be_played_is_refused_and_not_kept(
    site: Site, person: Person, data: bytes
) -> None:
    answer = sent(person, data)
    assert refused(answer) == (422, "not_readable", None)
    assert "twarc" in answer.json()["error"]["message"]
    assert list(folder(site, person).iterdir()) == []


@pytest.mark.parametrize(
    "data", [files.gz(LINE), files.zst(LINE), b"\r\n\r\n" + LINE, b'{"torn\n' + LINE, LINE * 5000]
)
def test_packed_blank_and_torn_lines_are_taken(person: Person, data: bytes) -> None:
    assert sent(person, data).status_code == 201


def test_a_file_that_is_too_large_is_refused_before_it_is_read(person: Person) -> None:
    parts = urlsplit(person.site.url)
    head = (
        f"POST /api/v1/replays/files HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
        f"Authorization: Bearer {person.token}\r\nContent-Length: {MAX_FILE + 1}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert b" 413 " in connection.makefile("rb").readline()


def test_only_uploads_may_be_large(person: Person) -> None:
    assert sent(person, LINE * 300).status_code == 201
    assert person.call("POST", "/replays", data=b" " * 70_000).status_code == 413


def test_files_have_a_limit(person: Person) -> None:
    for _ in range(MAX_FILES):
        assert sent(person, LINE).status_code == 201
    assert refused(sent(person, LINE))[:2] == (409, "too_many_files")


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({}, "one_recording", "collection"),
        ({"collection": "a", "file": "b"}, "one_recording", "collection"),
        ({"collection": "nobody's"}, "unknown_collection", "collection"),
        ({"file": "../../weir.db"}, "unknown_file", "file"),
        ({"file": "0123456789abcdef-no.json"}, "unknown_file", "file"),
        ({"speed": -1}, "bad_speed", "speed"),
        ({"speed": 1e300}, "bad_speed", "speed"),
        ({"speed": "fast"}, "invalid", "speed"),
        ({"from": 10, "until": 10}, "bad_range", "until"),
        ({"filter": {"languages": ["xx"]}}, "unknown_language", "filter.languages"),
        ({"plan": {"capture": {"collection": "../x"}}}, "bad_name", "plan.capture.collection"),
        ({"plan": {"budget_posts": 5}}, "no_budget", "plan.budget_posts"),
        ({"name": " "}, "invalid", "name"),
        ({"loops": 3}, "invalid", "loops"),
    ],
)
def test_what_to_play_is_checked(
    person: Person, asked: dict[str, Any], code: str, field: str
) -> None:
    if not asked.keys() & {"collection", "file"} and code != "one_recording":
        asked = {"file": sent(person, LINE).json()["file"], **asked}
    answer = person.call("POST", "/replays", json=asked)
    assert refused(answer) == (422, code, field)


def test_a_replay_is_a_stream_whose_filter_may_be_empty(person: Person) -> None:
    file = sent(person, LINE, "storm.json").json()["file"]
    made = person.call("POST", "/replays", json={"file": file, "speed": 4})
    assert made.status_code == 201
    stream = made.json()
    assert (stream["name"], stream["source"]) == ("Replay of storm.json", "replay")
    assert stream["plan"]["replay"]["speed"] == 4
    empty: dict[str, object] = {
        "word": "",
        "keywords": [],
        "languages": [],
        "place": None,
        "any_order": False,
    }
    assert stream["filter"] == empty
    one = f"/streams/{stream['id']}"
    assert person.call("PATCH", one, json={"filter": {"word": "rain"}}).status_code == 200
    assert person.call("PATCH", one, json={"filter": {"word": ""}}).status_code == 200
    edited = person.call("PATCH", one, json={"plan": {"description": "x"}}).json()
    assert edited["plan"]["replay"] == stream["plan"]["replay"]


def test_a_replay_cannot_be_left_to_any_machine(person: Person) -> None:
    file = sent(person, LINE).json()["file"]
    body = {"file": file, "plan": {"machine": "any"}}
    answer = person.call("POST", "/replays", json=body)
    assert refused(answer) == (422, "not_any", "plan.machine")


def test_a_file_that_is_played_cannot_be_deleted(site: Site, person: Person) -> None:
    file = sent(person, LINE).json()["file"]
    stream = person.call("POST", "/replays", json={"file": file}).json()["id"]
    assert person.call("POST", f"/streams/{stream}/start").status_code == 202
    assert refused(person.call("DELETE", f"/replays/files/{file}"))[:2] == (409, "in_use")
    assert person.call("POST", f"/streams/{stream}/stop").status_code == 202
    assert person.call("DELETE", f"/replays/files/{file}").status_code == 204
    site.tasks()
