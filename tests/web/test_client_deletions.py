"""Deletions below the capture API: a client's own, told once, and who has to delete by hand."""

from typing import Any

import pytest
import requests

from tests.web.capture_client import CaptureClient, Owner
from tests.web.person import some_name
from tests.web.site import Site


@pytest.fixture
def owner(site: Site) -> Owner:
    return Owner(site)


def deletion(owner: Owner, **asked: object) -> str:
    made = owner.call("POST", "/deletions", json=asked or {"ids": ["1"]})
    assert made.status_code == 202, made.text
    return str(made.json()["id"])


def shown(owner: Owner, deletion_id: str) -> dict[str, Any]:
    return dict(owner.call("GET", f"/deletions/{deletion_id}").json())


def report(client: CaptureClient, deletion_id: str, body: object) -> tuple[int, Any]:
    answer = requests.post(
        f"{client.base.geturl()}deletions/{deletion_id}/",
        json=body,
        headers={"Authorization": f"Token {client.token}"},
        timeout=20,
    )
    return answer.status_code, answer.json()


def test_a_client_that_asks_is_told_what_is_pending_and_what_may_not_come_back(
    owner: Owner,
) -> None:
    client = owner.client()
    assert client.success("GET", "deletions/") == {"orders": [], "forgotten": []}
    asked = deletion(owner, ids=["1", "2"], authors=["42"], reason="wanted")
    told = client.success("GET", "deletions/")
    [order] = told["orders"]
    assert (order["id"], order["reason"]) == (asked, "wanted")
    assert (sorted(order["posts"]), order["authors"]) == (["1", "2"], ["42"])
    assert sorted(entry[1:3] for entry in told["forgotten"]) == [
        ["author", "42"], ["post", "1"], ["post", "2"],
    ]  # fmt: skip
    last = max(entry[0] for entry in told["forgotten"])
    assert client.success("GET", f"deletions/?after={last}")["forgotten"] == []
    work = shown(owner, asked)["machines"]
    assert [each["machine"] for each in work] == [f"client {client.id}: lab"]
    taken = {"collection": "storm", "file": "storm1.json", "lines": 1, "copies": 0}
    assert report(client, asked, {"posts": ["1", "7"], "trouble": "busy"})[0] == 200
    assert shown(owner, asked)["machines"][0]["trouble"] == "busy"
    assert report(client, asked, {"taken": [taken], "looked": 3, "done": True})[0] == 200
    now = shown(owner, asked)
    assert (now["state"], now["found"], now["segments"][0]["file"]) == ("done", 1, "storm1.json")
    assert report(client, asked, {"trouble": "late", "done": False})[0] == 200
    assert shown(owner, asked)["machines"][0]["trouble"] is None
    assert client.success("GET", "deletions/")["orders"] == []


def test_a_client_that_asks_late_is_given_what_was_asked_since_it_was_made(owner: Owner) -> None:
    early = deletion(owner)
    client = owner.client()
    asked = deletion(owner)
    orders = client.success("GET", "deletions/")["orders"]
    assert [order["id"] for order in orders] == [asked]
    assert shown(owner, early)["machines"] == []


def test_a_client_that_never_asks_is_named_with_what_to_delete_by_hand(owner: Owner) -> None:
    client = owner.client("old one")
    owner.client("never started")
    collection = some_name()
    client.number = owner.job(client, collection)
    owner.ask(client.number, status=2)
    client.answer(3)
    asked = deletion(owner, ids=["1", "2"], authors=["42"])
    holder = {"client": client.id, "name": "old one", "collections": [collection]}
    expected = {"clients": [holder], "ids": ["1", "2"], "authors": ["42"]}
    now = shown(owner, asked)
    assert (now["state"], now["by_hand"]) == ("done", expected)
    [order] = client.success("GET", "deletions/")["orders"]  # our agent, in its place
    now = shown(owner, order["id"])
    assert (now["state"], now["by_hand"]) == ("working", None)
    owner.call("DELETE", f"/clients/{client.id}")
    now = shown(owner, order["id"])
    assert (now["state"], now["by_hand"]) == ("done", expected)


def test_what_others_had_deleted_is_nobody_elses(site: Site, owner: Owner) -> None:
    client, other = owner.client(), Owner(site).client()
    client.success("GET", "deletions/")
    asked = deletion(owner)
    assert other.success("GET", "deletions/") == {"orders": [], "forgotten": []}
    assert report(other, asked, {"done": True})[0] == 404
    assert report(client, "0" * 16, {"done": True})[0] == 404
    assert owner.tell("GET", "deletions/").status_code == 403
    assert owner.tell("POST", f"deletions/{asked}/", {"done": True}).status_code == 403
    client.token = "w-wrong"
    assert client.call("GET", "deletions/")[0] == 401
    assert shown(owner, asked)["state"] == "working"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"done": "yes"},
        {"looked": -1},
        {"looked": 1 << 40},
        {"posts": ['1"2']},
        {"posts": ["x" * 201]},
        {"posts": [str(n) for n in range(1001)]},
        {"taken": [{"collection": "a", "file": "b", "lines": 1}]},
        {"trouble": "x" * 501},
        {"dnoe": True},
    ],
)
def test_a_report_that_cannot_be_used_is_refused_and_changes_nothing(
    owner: Owner, body: object
) -> None:
    client = owner.client()
    client.success("GET", "deletions/")
    asked = deletion(owner)
    status, answer = report(client, asked, body)
    assert (status, list(answer)) == (400, ["detail"])
    assert shown(owner, asked)["machines"][0]["done_at"] is None
    assert client.call("GET", "deletions/?after=no")[0] == 200
