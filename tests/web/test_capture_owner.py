"""The capture API as its own pages use it: whole jobs as JSON, with the session cookie."""

from itertools import count
from typing import Any

import pytest

from tests.web.capture_client import CREATED, STARTED, STARTING, STOPPED, STOPPING, Owner, age
from tests.web.site import Site

_names = count(1)


def some_name() -> str:
    return f"flood {next(_names)}"


@pytest.fixture
def owner(site: Site) -> Owner:
    return Owner(site)


def made(owner: Owner, **fields: Any) -> dict[str, Any]:
    answer = owner.tell("POST", "jobs/", {"name": some_name(), "keywords": "tea", **fields})
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    return job


def test_a_job_is_made_started_stopped_and_archived(owner: Owner) -> None:
    client = owner.client()
    job = made(owner, description="for later", assigned_worker=client.id, status=CREATED)
    assert job["assigned_worker_username"] == "lab"
    assert job["created_by_username"] == owner.username
    assert job["url"].endswith(f"/capture/api/jobs/{job['id']}/")
    assert owner.ask(job["id"], status=STARTING)["status"] == STARTING
    assert owner.ask(job["id"])["status"] == STARTING
    client.number = job["id"]
    client.answer(STARTED)
    assert owner.ask(job["id"], description="now")["status"] == STARTED
    assert owner.ask(job["id"], status=STOPPING)["status"] == STOPPING
    archived = owner.ask(job["id"], archived_date="2026-11-22T04:00:00Z")
    assert (archived["status"], archived["archived_by"]) == (STOPPED, job["created_by"])
    again = owner.tell("PATCH", f"jobs/{job['id']}/", {"description": "too late"})
    assert (again.status_code, list(again.json())) == (400, ["archived_date"])
    assert owner.ask(job["id"])["archived_date"] == archived["archived_date"]


def test_a_job_can_start_when_it_is_made(owner: Owner) -> None:
    job = made(owner, assigned_worker=owner.client().id, status=STARTING)
    assert job["status"] == STARTING


def test_a_client_has_one_job_that_is_not_archived(owner: Owner) -> None:
    client = owner.client()
    first = made(owner, assigned_worker=client.id)
    body = {"name": some_name(), "assigned_worker": client.id}
    refused = owner.tell("POST", "jobs/", body)
    assert (refused.status_code, list(refused.json())) == (400, ["assigned_worker"])
    homeless = made(owner)
    refused = owner.tell("PATCH", f"jobs/{homeless['id']}/", {"assigned_worker": client.id})
    assert (refused.status_code, list(refused.json())) == (400, ["assigned_worker"])
    refused = owner.tell("PATCH", f"jobs/{homeless['id']}/", {"status": STARTING})
    assert (refused.status_code, list(refused.json())) == (400, ["assigned_worker"])
    owner.ask(first["id"], archived_date="now")
    given = owner.ask(homeless["id"], assigned_worker=client.id, status=STARTING)
    assert (given["assigned_worker"], given["status"]) == (client.id, STARTING)
    other = owner.client("other")
    refused = owner.tell("PATCH", f"jobs/{homeless['id']}/", {"assigned_worker": other.id})
    assert (refused.status_code, list(refused.json())) == (400, ["assigned_worker"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "../etc/passwd"}, ["name"]),
        ({"name": "a/b"}, ["name"]),
        ({"name": "naïve"}, ["name"]),
        ({"name": "x" * 65}, ["name"]),
        ({"name": 7}, ["name"]),
        ({"name": "a", "keywords": "geo: 1 2 3"}, ["keywords"]),
        ({"name": "a", "keywords": "geo: 1 95 3 4"}, ["keywords"]),
        ({"name": "a", "keywords": 'say "cheese"'}, ["keywords"]),
        ({"name": "a", "keywords": ",".join(f"w{i}" for i in range(401))}, ["keywords"]),
        ({"name": "a", "keywords": ["rain"]}, ["keywords"]),
        ({"name": "a", "description": "x" * 2001}, ["description"]),
        ({"name": "a", "assigned_worker": 10**12}, ["assigned_worker"]),
        ({"name": "a", "assigned_worker": "me"}, ["assigned_worker"]),
        ({"name": "a", "status": 3}, ["status"]),
        ({"name": "a", "status": "go"}, ["status"]),
        ({"name": "a", "status": 2}, ["assigned_worker"]),
        ({"name": "?", "keywords": "geo:", "status": 4}, ["keywords", "name", "status"]),
        ([], ["detail"]),
        ("text", ["detail"]),
    ],
)
def test_a_job_that_cannot_be_is_refused_field_by_field(
    owner: Owner, body: object, fields: list[str]
) -> None:
    refused = owner.tell("POST", "jobs/", body)
    assert (refused.status_code, sorted(refused.json())) == (400, fields)
    assert all(isinstance(messages, list) for messages in refused.json().values())
    assert owner.tell("GET", "jobs/").json()["count"] == 0


def test_each_account_gives_a_name_once(site: Site, owner: Owner) -> None:
    job = made(owner)
    refused = owner.tell("POST", "jobs/", {"name": job["name"]})
    assert (refused.status_code, list(refused.json())) == (400, ["name"])
    assert Owner(site).tell("POST", "jobs/", {"name": job["name"]}).status_code == 201
    other = made(owner)
    refused = owner.tell("PATCH", f"jobs/{other['id']}/", {"name": job["name"]})
    assert (refused.status_code, list(refused.json())) == (400, ["name"])


def test_lists_come_in_pages(owner: Owner) -> None:
    numbers = [made(owner)["id"] for _ in range(12)]
    owner.ask(numbers[0], archived_date="now")
    first = owner.tell("GET", "jobs/").json()
    assert (first["count"], len(first["results"]), first["previous"]) == (12, 10, None)
    last = owner.browser.http.get(first["next"], timeout=20).json()
    assert [job["id"] for job in first["results"] + last["results"]] == numbers[::-1]
    assert last["next"] is None
    assert owner.tell("GET", "jobs/?active=true").json()["count"] == 11
    assert [job["id"] for job in owner.tell("GET", "jobs/?active=false").json()["results"]] == [
        numbers[0]
    ]
    assert owner.tell("GET", "jobs/?active=true&limit=3").json()["next"].count("active=true") == 1
    for odd in ("limit=-1", "limit=x", "limit=99999999999", "offset=x", "offset=50", "limit=0"):
        assert owner.tell("GET", f"jobs/?{odd}").status_code == 200


def test_modifications_tell_old_and_new_the_right_way_round(owner: Owner) -> None:
    job = made(owner, keywords="tea, rain")
    owner.ask(job["id"], keywords="rain, snow", description="colder")
    owner.ask(job["id"], twitter_keywords="rain")
    name = some_name()
    owner.ask(job["id"], name=name)
    found = owner.tell("GET", f"jobmodifications/?job={job['id']}").json()
    assert found["count"] == 3
    first, second, third = found["results"]
    assert first["changes"]["description"] == {"old": "", "new": "colder"}
    assert first["changes"]["keywords"] == {
        "old": "tea,rain",
        "new": "rain,snow",
        "additions": ["snow"],
        "deletions": ["tea"],
    }
    assert second["changes"]["keywords"]["deletions"] == ["snow"]
    assert third["changes"] == {"name": {"old": job["name"], "new": name}}
    assert {each["modified_by_username"] for each in found["results"]} == {owner.username}
    assert len({each["id"] for each in found["results"]}) == 3
    assert owner.tell("GET", "jobmodifications/").json()["count"] == 3
    assert owner.tell("GET", "jobmodifications/?job=x").status_code == 404


def test_clients_and_the_current_user(owner: Owner) -> None:
    client = owner.client("shed")
    job = made(owner, assigned_worker=client.id)
    me = owner.tell("GET", "users/current/").json()
    assert me == {"id": job["created_by"], "username": owner.username}
    [shown] = owner.tell("GET", "clients/").json()["results"]
    assert (shown["username"], shown["last_login"]) == ("shed", None)
    assert [each["id"] for each in shown["active_jobs"]] == [job["id"]]
    assert shown["auth_token"]["key"] is None
    assert client.token not in str(shown)
    assert client.success("GET", "users/current/") == {"id": client.id, "username": "shed"}
    assert owner.tell("GET", f"clients/{client.id}/").json()["last_login"] is not None
    assert owner.tell("GET", "clients/99999/").status_code == 404


def test_nobody_sees_or_changes_what_is_not_theirs(site: Site, owner: Owner) -> None:
    client = owner.client()
    job = made(owner, assigned_worker=client.id)
    stranger = Owner(site)
    for method, path in (
        ("GET", f"jobs/{job['id']}/"),
        ("PATCH", f"jobs/{job['id']}/"),
        ("PUT", f"jobs/{job['id']}/"),
        ("GET", f"jobmodifications/?job={job['id']}"),
        ("GET", f"clients/{client.id}/"),
    ):
        assert stranger.tell(method, path, {"name": "mine"}).status_code == 404
    refused = stranger.tell("POST", "jobs/", {"name": "x", "assigned_worker": client.id})
    assert list(refused.json()) == ["assigned_worker"]
    assert stranger.tell("GET", "jobs/").json()["count"] == 0
    assert stranger.tell("GET", "liveupdates/").json() == []


def test_another_site_cannot_write_and_nobody_is_let_in_without_a_session(
    site: Site, owner: Owner
) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    refused = owner.tell("POST", "jobs/", {"name": some_name()}, **elsewhere)
    assert (refused.status_code, list(refused.json())) == (403, ["detail"])
    owner.browser.http.cookies.clear()
    for method, path in (("GET", "jobs/"), ("POST", "jobs/"), ("GET", "users/current/")):
        assert owner.tell(method, path, {}).status_code == 401


def test_an_api_token_is_a_person_too(owner: Owner) -> None:
    owner.browser.http.cookies.clear()
    bearer = {"Authorization": f"Bearer {owner.token}"}
    assert owner.tell("POST", "jobs/", {"name": some_name()}, **bearer).status_code == 201


def test_a_body_too_large_is_refused(owner: Owner) -> None:
    refused = owner.tell("POST", "jobs/", {"name": "x" * 70_000})
    assert (refused.status_code, list(refused.json())) == (413, ["detail"])


def test_a_quiet_client_is_late_and_then_disconnected(site: Site, owner: Owner) -> None:
    client = owner.client()

    def state() -> str:
        return str(owner.call("GET", "/clients").json()["items"][0]["state"])

    assert state() == "never"
    client.active()
    assert state() == "connected"
    age(site, "UPDATE clients SET seen_at = seen_at - 40000 WHERE id = ?", client.id)
    assert state() == "late"
    age(site, "UPDATE clients SET seen_at = seen_at - 40000 WHERE id = ?", client.id)
    assert state() == "disconnected"
