"""Deletions over REST: asked for, followed, kept to their owner; dashboards hear at once."""

from collections.abc import Callable

import pytest
import requests

from streams.post import Author
from tests.rig.waiting import wait_until
from tests.web.person import OldClient, Person
from tests.web.site import Site, post
from tests.web.viewing import SECONDS, Viewer

Connect = Callable[..., Viewer]


def listening(viewer: Viewer) -> list[dict[str, object]]:
    heard: list[dict[str, object]] = []
    viewer.client.on("deleted", heard.append, namespace="/stream")
    return heard


def test_viewers_are_told_and_nobody_is_given_the_post_again(
    site: Site, person: Person, connect: Connect
) -> None:
    stream = person.stream(running=True)
    viewer = connect(person)
    heard = listening(viewer)
    viewer.ask("subscribe", {"stream": stream})
    mine, other = Author("42"), Author("43")
    site.push(post(1, author=other), post(2, author=mine), post(3, author=other), to=stream)
    viewer.wait_for_ids("1", "2", "3")
    answer = person.call("POST", "/deletions", json={"ids": ["1"], "authors": ["42"]})
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["posts"], asked["authors"], asked["recent"]) == (1, 1, 2)
    wait_until(lambda: heard, SECONDS, "the event")
    assert heard == [{"stream": stream, "ids": ["1", "2"], "authors": ["42"]}]
    again = connect(person).ask("subscribe", {"stream": stream})
    assert again["posts"][:2] == [{"id": "1", "deleted": True}, {"id": "2", "deleted": True}]
    assert again["posts"][2]["text"] == "made up"
    assert again["seq"] == 3


def test_a_stopped_streams_viewers_are_told_too(
    site: Site, person: Person, connect: Connect
) -> None:
    stream = person.stream(running=True)
    viewer = connect(person)
    heard = listening(viewer)
    viewer.ask("subscribe", {"stream": stream})
    site.push(post(1), to=stream)
    viewer.wait_for_ids("1")
    person.call("POST", f"/streams/{stream}/stop")
    person.call("POST", "/deletions", json={"ids": ["1"]})
    wait_until(lambda: heard, SECONDS, "the event")


def test_a_post_on_its_way_reaches_neither_the_page_nor_the_old_client(
    site: Site, connect: Connect
) -> None:
    client = OldClient(site)
    viewer = connect(client)
    stream = client.start().json()["stream"]
    person = Person(site, client.username)
    assert person.call("POST", "/deletions", json={"ids": ["1"]}).status_code == 202
    site.push(post(1, "secret"), post(2, "fine"), to=stream)
    assert "fine" in viewer.wait_for_texts(1)[0]
    assert len(viewer.texts) == 1


def test_nobody_deletes_or_sees_what_is_somebody_elses(
    site: Site, person: Person, connect: Connect
) -> None:
    eve = Person(site)
    stream = person.stream(running=True)
    viewer = connect(person)
    heard = listening(viewer)
    viewer.ask("subscribe", {"stream": stream})
    site.push(post(1), to=stream)
    viewer.wait_for_ids("1")
    asked = eve.call("POST", "/deletions", json={"ids": ["1"]}).json()["id"]
    assert person.call("GET", f"/deletions/{asked}").status_code == 404
    assert person.call("GET", "/deletions").json()["total"] == 0
    assert connect(person).ask("subscribe", {"stream": stream})["posts"][0]["text"] == "made up"
    assert heard == []
    assert requests.post(f"{site.url}/api/v1/deletions", json={}, timeout=9).status_code == 401


def test_they_are_listed_and_shown(person: Person) -> None:
    ids = [
        person.call("POST", "/deletions", json={"ids": [str(n)], "reason": f"r{n}"}).json()["id"]
        for n in range(3)
    ]
    listed = person.call("GET", "/deletions?limit=2").json()
    assert (listed["total"], listed["next"]) == (3, 2)
    assert {each["id"] for each in listed["items"]} < set(ids)
    shown = person.call("GET", f"/deletions/{ids[0]}").json()
    assert (shown["reason"], shown["not_found"], shown["segments"]) == ("r0", ["0"], [])
    check = person.call("POST", "/deletions", json={"compliance": True}).json()
    assert (check["compliance"], check["posts"], check["children"]) == (True, 0, [])
    assert person.call("GET", "/deletions/nothing").status_code == 404
    assert person.call("GET", "/deletions/%E2%82%AC").status_code == 404


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "nothing_to_delete", None),
        ({"ids": [], "authors": []}, "nothing_to_delete", None),
        ({"ids": ["1"], "compliance": True}, "both", "compliance"),
        ({"ids": [""]}, "bad_id", "ids"),
        ({"ids": ["1", 'x"y']}, "bad_id", "ids"),
        ({"authors": ["a\\b"]}, "bad_id", "authors"),
        ({"authors": ["x" * 201]}, "bad_id", "authors"),
        ({"ids": [1]}, "invalid", "ids[0]"),
        ({"ids": "1"}, "invalid", "ids"),
        ({"ids": ["1"], "reason": ""}, "invalid", "reason"),
        ({"ids": ["1"], "account": 7}, "invalid", "account"),
    ],
)
def test_a_request_that_cannot_be_carried_out_is_refused(
    person: Person, body: object, code: str, field: str | None
) -> None:
    refused = person.call("POST", "/deletions", json=body)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error.get("field")) == (422, code, field)
    assert person.call("GET", "/deletions").json()["total"] == 0


def test_thousands_at_once_and_the_same_twice_are_fine(person: Person) -> None:
    ids = [str(1_990_000_000_000_000_000 + n) for n in range(2500)]
    answer = person.call("POST", "/deletions", json={"ids": [*ids, *ids[:100]]})
    assert (answer.status_code, answer.json()["posts"]) == (202, 2500)
    assert person.call("POST", "/deletions", json={"ids": ids}).status_code == 202
    too_many = person.call("POST", "/deletions", json={"ids": ids * 2})
    assert (too_many.status_code, too_many.json()["error"]["code"]) == (413, "too_large")
