"""The existing capture client's wire, replayed as it speaks."""

from itertools import count
from typing import Any

import pytest

from tests.web.capture_client import (
    CREATED,
    STARTED,
    STARTING,
    STOPPED,
    STOPPING,
    CaptureClient,
    Owner,
    age,
)
from tests.web.site import Site

_names = count(1)


def some_name() -> str:
    return f"storm {next(_names)}"


@pytest.fixture
def owner(site: Site) -> Owner:
    return Owner(site)


@pytest.fixture
def client(owner: Owner) -> CaptureClient:
    """One that has a job, not started."""
    made = owner.client()
    made.number = owner.job(made, some_name())
    return made


def test_a_capture_from_start_to_stop(owner: Owner, client: CaptureClient) -> None:
    [job] = client.active()
    assert job["id"] == client.number
    assert client.job()["status"] == CREATED
    owner.ask(client.number, status=STARTING)
    job = client.job()
    assert job["status"] == STARTING
    assert job["twitter_keywords"] == job["keywords"] == "rain,tea"
    assert job["total_count"] is None
    assert client.answer(STARTED)["status"] == STARTED
    assert client.ping(15)["total_count"] == 15
    assert client.ping(31, "3.1")["rate"] == 3.1
    assert client.answer(STARTED)["recent_update"]["total_count"] == 31
    owner.ask(client.number, status=STOPPING)
    assert client.job()["status"] == STOPPING
    assert client.answer(STOPPED)["status"] == STOPPED
    assert [each["id"] for each in client.active()] == [client.number]
    shown = owner.tell("GET", f"jobs/{client.number}/").json()
    assert shown["first_started"] == shown["started"] < shown["stopped"]
    live = owner.tell("GET", "liveupdates/").json()
    assert [(each["job_id"], sum(each["counts"])) for each in live] == [(client.number, 31)]
    assert (len(live[0]["counts"]), live[0]["delta_secs"]) == (60, 60)


def test_it_runs_again_and_says_so_again(owner: Owner, client: CaptureClient) -> None:
    for _ in range(2):
        assert owner.ask(client.number, status=STARTING)["status"] == STARTING
        assert client.answer(STARTED)["status"] == STARTED
        assert owner.ask(client.number, status=STOPPING)["status"] == STOPPING
        assert client.answer(STOPPED)["status"] == STOPPED


def test_of_a_put_only_the_answer_to_what_was_asked_counts(
    owner: Owner, client: CaptureClient
) -> None:
    before = client.job()
    for said in (STARTED, STOPPED):
        assert client.answer(said)["status"] == CREATED
    owner.ask(client.number, status=STARTING)
    assert client.answer(STOPPED)["status"] == STARTING
    taken = client.success(
        "PUT",
        f"jobs/{client.number}/",
        before | {"status": STARTED, "name": "stolen", "keywords": "x", "total_count": 9},
    )
    kept = ("name", "keywords", "total_count", "created_by")
    assert {name: taken[name] for name in kept} == {name: before[name] for name in kept}
    assert taken["status"] == STARTED
    owner.ask(client.number, status=STOPPING)
    assert client.answer(STARTED)["status"] == STOPPING


@pytest.mark.parametrize("said", ["2", "4", "1", "0", "7", "", "started", "3.0", "33"])
def test_a_client_cannot_say_anything_else(client: CaptureClient, said: str) -> None:
    status, body = client.call("PUT", f"jobs/{client.number}/", {"status": said})
    assert (status, list(body)) == (400, ["status"])


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"total_count": "-1"}, "total_count"),
        ({"total_count": "many"}, "total_count"),
        ({"total_count": "9" * 40}, "total_count"),
        ({"rate": "nan"}, "rate"),
        ({"rate": "-2"}, "rate"),
        ({"rate": "inf", "total_count": "3"}, "rate"),
    ],
)
def test_a_ping_that_cannot_be_is_refused(
    client: CaptureClient, form: dict[str, str], field: str
) -> None:
    status, body = client.call("PATCH", f"jobs/{client.number}/", form)
    assert (status, list(body)) == (400, [field])
    assert client.job()["total_count"] is None


def test_totals_that_repeat_or_fall_count_no_post_twice(
    owner: Owner, client: CaptureClient
) -> None:
    owner.ask(client.number, status=STARTING)
    client.answer(STARTED)
    for total in (10, 10, 25, 20, 20, 24):
        assert client.ping(total)["total_count"] == total
    [live] = owner.tell("GET", "liveupdates/").json()
    assert sum(live["counts"]) == 10 + 15 + 4


def test_the_other_way_to_ping(client: CaptureClient) -> None:
    form = {"count": 3, "total_count": 7, "rate": "0.5", "job": client.number}
    status, body = client.call("POST", "update/", form)
    assert (status, body["job"], body["total_count"]) == (201, client.number, 7)
    assert client.job()["total_count"] == 7
    for wrong in ("", "x", "99999"):
        status, _ = client.call("POST", "update/", {**form, "job": wrong})
        assert status in (400, 404)


def test_a_keyword_edit_shows_while_it_runs_and_emptying_it_is_refused(
    owner: Owner, client: CaptureClient
) -> None:
    owner.ask(client.number, status=STARTING)
    client.answer(STARTED)
    owner.ask(client.number, keywords="rain, geo: -3.5 40.6 -3.9 40.3")
    job = client.job()
    assert job["twitter_keywords"] == "rain,geo: -3.5 40.6 -3.9 40.3"
    assert job["status"] == STARTED
    refused = owner.tell("PATCH", f"jobs/{client.number}/", {"keywords": " , "})
    assert (refused.status_code, list(refused.json())) == (400, ["keywords"])
    assert client.job()["keywords"] == job["keywords"]


def test_an_archived_job_can_still_be_read_as_stopped(owner: Owner, client: CaptureClient) -> None:
    owner.ask(client.number, status=STARTING)
    client.answer(STARTED)
    owner.ask(client.number, archived_date="2026-11-22T04:00:00Z")
    assert client.job()["status"] == STOPPED
    assert client.job()["archived_date"] is not None
    assert client.answer(STOPPED)["status"] == STOPPED
    assert client.active() == []


def test_a_job_that_is_never_answered_stops_by_itself(
    site: Site, owner: Owner, client: CaptureClient
) -> None:
    owner.ask(client.number, status=STARTING)
    client.answer(STARTED)
    owner.ask(client.number, status=STOPPING)
    age(site, "UPDATE jobs SET asked_at = 1000, started_at = 900 WHERE number = ?", client.number)
    assert client.job()["status"] == STOPPED
    assert client.answer(STOPPED)["stopped"] is not None
    owner.ask(client.number, status=STARTING)
    assert client.job()["status"] == STARTING


@pytest.mark.parametrize("path", ["activejobs/", "jobs/", "jobs/1/", "clients/", "users/current/"])
def test_a_wrong_token_opens_nothing(site: Site, path: str) -> None:
    for token in ("", "wrong", "x" * 500, "null"):
        status, body = CaptureClient(site.url, token).call("GET", path)
        assert (status, list(body)) == (401, ["detail"])


def test_a_revoked_token_opens_nothing_and_its_job_is_stopped(
    owner: Owner, client: CaptureClient
) -> None:
    owner.ask(client.number, status=STARTING)
    client.answer(STARTED)
    assert owner.call("DELETE", f"/clients/{client.id}").status_code == 204
    assert client.call("GET", "activejobs/")[0] == 401
    assert client.call("PATCH", f"jobs/{client.number}/", {"total_count": 5})[0] == 401
    assert owner.tell("GET", f"jobs/{client.number}/").json()["status"] == STOPPING
    refused = owner.tell("PATCH", f"jobs/{client.number}/", {"status": STARTING})
    assert (refused.status_code, list(refused.json())) == (400, ["assigned_worker"])


def test_a_client_sees_its_own_jobs_only(site: Site, owner: Owner, client: CaptureClient) -> None:
    others = (owner.client("same owner"), Owner(site).client("another owner"))
    for other in others:
        assert other.active() == []
        assert other.success("GET", "jobs/")["count"] == 0
        for method, form in (("GET", None), ("PUT", {"status": 3}), ("PATCH", {"rate": 1})):
            assert other.call(method, f"jobs/{client.number}/", form)[0] == 404
        assert other.call("POST", "update/", {"job": client.number, "total_count": 5})[0] == 404
        for path in ("clients/", "jobmodifications/"):
            assert other.call("GET", path)[0] == 403
        assert other.call("POST", "jobs/", {"name": "mine"})[0] == 403
    assert client.job()["total_count"] is None


@pytest.mark.parametrize("number", ["0", "999999", str(2**31), str(2**80)])
def test_a_job_that_never_was(client: CaptureClient, number: str) -> None:
    assert client.call("GET", f"jobs/{number}/")[0] == 404


def test_a_client_token_is_no_api_token(site: Site, client: CaptureClient) -> None:
    bearer = Owner(site).call("GET", "/me", headers={"Authorization": f"Bearer {client.token}"})
    assert bearer.status_code == 401
    token = Owner(site).call("GET", "/me", headers={"Authorization": f"Token {client.token}"})
    assert token.status_code == 401


def gaps_of(owner: Owner, client: CaptureClient) -> list[dict[str, Any]]:
    """What the owner is shown of the gaps in a client's job."""
    stream = job_shown(owner, client)["stream"]
    found = owner.call("GET", f"/streams/{stream}/gaps?since=0").json()["items"]
    assert all((gap.pop("state"), gap.pop("missing")) == ("open", []) for gap in found)
    assert all((gap.pop("posts"), gap.pop("source")) == (0, None) for gap in found)
    kept: list[dict[str, Any]] = found
    return kept


def job_shown(owner: Owner, client: CaptureClient) -> dict[str, Any]:
    found: dict[str, Any] = owner.call("GET", f"/clients/{client.id}/jobs").json()["items"][0]
    return found


def test_gaps_that_a_client_reports_are_shown_once_and_closed(
    owner: Owner, client: CaptureClient
) -> None:
    past = {"from": 1_000, "to": 51_000, "reason": "agent_restarted"}
    lasting = {"from": 60_000, "to": None, "reason": "disconnected"}
    for added in (2, 0):
        assert client.report_gaps(past, lasting) == (200, {"added": added})
    assert gaps_of(owner, client) == [past, lasting]
    client.report_gaps(lasting | {"to": 70_000})
    assert gaps_of(owner, client) == [past, lasting | {"to": 70_000}]


def test_clients_of_one_app_learn_of_each_other_s_connects(site: Site, owner: Owner) -> None:
    one, two, three = owner.client(), owner.client("second lab"), owner.client("third lab")
    app, another = "0123456789abcdef", "f" * 16
    assert one.share_connects(app, 60.0, 5.0) == (200, {"ages": [], "machines": 1})
    three.share_connects(another, 1.0)
    status, answer = two.share_connects(app, 2.0)
    assert (status, answer["machines"]) == (200, 2)
    assert [round(each / 5) for each in answer["ages"]] == [12, 1]
    assert one.share_connects(app)[1]["machines"] == 2  # its report replaces the one before
    assert two.share_connects(app)[1]["ages"] == []
    assert Owner(site).client().share_connects(app)[1] == {"ages": [], "machines": 1}


@pytest.mark.parametrize(("app", "age"), [("key", 1.0), ("f" * 16, -1.0), ("f" * 16, 901.0)])
def test_a_report_of_connects_that_cannot_be_is_refused(
    client: CaptureClient, app: str, age: float
) -> None:
    assert client.share_connects(app, age)[0] == 400


@pytest.mark.parametrize(
    "gap",
    [
        {"from": -1, "to": None, "reason": "a"},
        {"from": 1, "to": "then", "reason": "a"},
        {"from": 1, "to": 2, "reason": "<b>"},
        {"from": 1},
    ],
)
def test_a_report_of_gaps_that_cannot_be_is_refused(
    owner: Owner, client: CaptureClient, gap: dict[str, Any]
) -> None:
    assert client.report_gaps(gap)[0] == 400
    assert gaps_of(owner, client) == []


def test_a_client_reports_gaps_of_its_own_job_only(
    site: Site, owner: Owner, client: CaptureClient
) -> None:
    another = Owner(site).client()
    assert another.report_gaps(job=client.number)[0] == 404


def test_the_minutes_of_a_job_are_counted_for_its_owner(
    owner: Owner, client: CaptureClient
) -> None:
    client.ping(15)
    stream = job_shown(owner, client)["stream"]
    counted = owner.call("GET", f"/streams/{stream}/minutes").json()["items"]
    assert [each["unknown"] for each in counted] == [15]
    shown = owner.call("GET", f"/streams/{stream}").json()
    assert (shown["totals"]["posts"], shown["client"]) == (15, "lab")
