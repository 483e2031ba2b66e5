"""Capture clients in our own API, and their jobs as streams."""

from itertools import count

import pytest

from tests.web.capture_client import STARTED, STOPPED, Owner, age
from tests.web.site import Site

_names = count(1)


def some_name() -> str:
    return f"fire {next(_names)}"


@pytest.fixture
def owner(site: Site) -> Owner:
    return Owner(site)


def test_a_token_is_shown_once_and_revoked_for_ever(owner: Owner) -> None:
    made = owner.call("POST", "/clients", json={"name": "lab 2"}).json()
    assert made["path"] == "/capture/api/"
    listed = owner.call("GET", "/clients").json()
    assert (listed["total"], listed["items"][0]["name"]) == (1, "lab 2")
    assert made["token"] not in str(listed)
    assert owner.call("DELETE", f"/clients/{made['id']}").status_code == 204
    assert owner.call("GET", "/clients").json()["total"] == 0
    assert owner.call("DELETE", f"/clients/{made['id']}").status_code == 404


def test_a_job_is_a_stream_that_no_worker_of_ours_hears_of(site: Site, owner: Owner) -> None:
    site.tasks()
    client = owner.client()
    client.number = owner.job(client, some_name(), "rain, geo: -3.9 40.3 -3.5 40.6")
    [shown] = owner.call("GET", f"/clients/{client.id}/jobs").json()["items"]
    path = f"/streams/{shown['stream']}"
    stream = owner.call("GET", path).json()
    assert (stream["source"], stream["name"]) == ("client", shown["name"])
    assert stream["filter"]["keywords"] == ["rain", "geo: -3.9 40.3 -3.5 40.6"]

    def state() -> str:
        return str(owner.call("GET", path).json()["status"]["state"])

    assert state() == "stopped"
    assert owner.call("POST", path + "/start").json()["status"]["state"] == "starting"
    client.answer(STARTED)
    client.ping(9)
    running = owner.call("GET", path).json()
    assert (running["status"]["state"], running["status"]["rate"]) == ("running", 2.985)
    assert (running["totals"]["posts"], running["totals"]["unknown"]) == (9, 9)
    [minute] = owner.call("GET", path + "/minutes").json()["items"]
    assert minute["unknown"] == 9
    age(site, "UPDATE clients SET seen_at = seen_at - 45000 WHERE id = ?", client.id)
    status = owner.call("GET", path).json()["status"]
    assert (status["state"], status["fault"]["code"]) == ("reconnecting", "client_late")
    assert owner.call("POST", path + "/stop").json()["status"]["state"] == "stopping"
    client.answer(STOPPED)
    assert state() == "stopped"
    assert owner.call("DELETE", path).status_code == 204
    assert state() == "archived"
    assert client.job()["status"] == STOPPED
    assert client.active() == []
    assert site.tasks() == []


def test_a_start_that_nobody_answers_says_why(site: Site, owner: Owner) -> None:
    client = owner.client()
    number = owner.job(client, some_name())
    stream = owner.call("GET", f"/clients/{client.id}/jobs").json()["items"][0]["stream"]
    owner.call("POST", f"/streams/{stream}/start")
    age(site, "UPDATE jobs SET asked_at = asked_at - 20000 WHERE number = ?", number)
    status = owner.call("GET", f"/streams/{stream}").json()["status"]
    assert (status["state"], status["fault"]["code"]) == ("starting", "client_never")


def test_a_job_is_changed_as_a_job_or_as_a_stream_under_the_same_rules(owner: Owner) -> None:
    client = owner.client()
    number = owner.job(client, some_name())
    path = f"/clients/{client.id}/jobs/{number}"
    changed = owner.call("PATCH", path, json={"keywords": "snow", "description": "why"}).json()
    assert (changed["keywords"], changed["description"]) == ("snow", "why")
    stream = f"/streams/{changed['stream']}"
    edited = owner.call("PATCH", stream, json={"filter": {"keywords": ["ice", "a, b"]}})
    assert edited.json()["generation"] == 3
    assert owner.call("GET", f"/clients/{client.id}/jobs").json()["items"][0]["keywords"] == (
        "ice,a b"
    )
    for where, body, field in (
        (path, {"name": "a/b"}, "name"),
        (stream, {"name": "a/b"}, "name"),
        (path, {"keywords": "geo:"}, "keywords"),
        (stream, {"filter": {"keywords": ["geo:"]}}, "filter.keywords"),
        (stream, {"plan": {"budget_posts": 5}}, "plan"),
        (path, {"status": 2}, "status"),
    ):
        refused = owner.call("PATCH", where, json=body)
        assert refused.status_code == 422, refused.text
        assert refused.json()["error"]["field"] == field
    named = owner.call("PATCH", stream, json={"name": some_name()}).json()
    assert named["plan"]["capture"]["collection"] == named["name"]
    described = owner.call("PATCH", stream, json={"plan": {"description": "as a stream"}})
    assert described.json()["plan"]["description"] == "as a stream"


def test_a_client_has_one_job_at_a_time(owner: Owner) -> None:
    client = owner.client()
    owner.job(client, some_name())
    asked = {"name": some_name(), "keywords": "x"}
    refused = owner.call("POST", f"/clients/{client.id}/jobs", json=asked)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "client_busy")


def test_nobody_reaches_what_is_not_theirs(site: Site, owner: Owner) -> None:
    client = owner.client()
    number = owner.job(client, some_name())
    stranger = Owner(site)
    own = stranger.client()
    for method, path in (
        ("DELETE", f"/clients/{client.id}"),
        ("GET", f"/clients/{client.id}/jobs"),
        ("POST", f"/clients/{client.id}/jobs"),
        ("PATCH", f"/clients/{client.id}/jobs/{number}"),
        ("PATCH", f"/clients/{own.id}/jobs/{number}"),
        ("DELETE", f"/clients/{2**70}"),
        ("DELETE", "/clients/x"),
        ("PATCH", f"/clients/{own.id}/jobs/{2**70}"),
    ):
        body = {"name": some_name()}
        assert stranger.call(method, path, json=body).status_code == 404, path


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": " "}, {"name": "x" * 65}, {"x": 1}])
def test_a_client_that_cannot_be_made_is_refused(owner: Owner, body: dict[str, object]) -> None:
    assert owner.call("POST", "/clients", json=body).status_code == 422
