"""Batch compliance jobs: make, upload, download."""

import msgspec
import requests

from tests.simulator.double import SECONDS, App, Double

PATH = "/2/compliance/jobs"


def test_a_job_names_the_posts_that_are_gone(app: App, double: Double) -> None:
    double.post({"text": "zebra", "id": "11"}, {"text": "zebra", "id": "12"})
    double.control("POST", "compliance", json={"tweets": {"11": "deleted", "99": "suspended"}})
    job = app.call("POST", PATH, json={"type": "tweets", "name": "clean-up"}).json()["data"]
    assert job["status"] == "created"
    early = requests.get(job["download_url"], timeout=SECONDS)
    assert early.status_code == 404
    put = requests.put(
        job["upload_url"],
        data="11\n12\n\n99\n11\n",
        timeout=SECONDS,
        headers={"Content-Type": "text/plain"},
    )
    assert put.ok
    done = app.call("GET", f"{PATH}/{job['id']}").json()["data"]
    assert done["status"] == "complete"
    lines = requests.get(done["download_url"], timeout=SECONDS).content.splitlines()
    entries = [msgspec.json.decode(line) for line in lines]
    assert [(e["id"], e["action"], e["reason"]) for e in entries] == [
        ("11", "delete", "deleted"),
        ("99", "delete", "suspended"),
    ]
    assert set(entries[0]) == {"id", "action", "created_at", "redacted_at", "reason"}
    left = app.call("GET", "/2/tweets/search/recent", params={"query": "zebra"}).json()["data"]
    assert [post["id"] for post in left] == ["12"]


def test_jobs_are_listed_by_type_and_take_ids_once(app: App) -> None:
    job = app.call("POST", PATH, json={"type": "users"}).json()["data"]
    listed = app.call("GET", PATH, params={"type": "users"}).json()["data"]
    assert job["id"] in [each["id"] for each in listed]
    done = app.call("GET", PATH, params={"type": "users", "status": "complete"}).json()
    assert job["id"] not in [each["id"] for each in done.get("data", [])]
    assert requests.put(job["upload_url"], data="1", timeout=SECONDS).ok
    assert requests.put(job["upload_url"], data="1", timeout=SECONDS).status_code == 409


def test_bad_jobs_are_refused(app: App, double: Double) -> None:
    bodies: list[object] = [{}, [], {"type": "likes"}, {"type": "tweets", "name": 5}]
    for body in bodies:
        assert app.call("POST", PATH, json=body).status_code == 400
    assert app.call("GET", PATH).status_code == 400
    assert app.call("GET", f"{PATH}/123").status_code == 404
    assert requests.put(f"{double.base}/_upload/123", data="1", timeout=9).status_code == 404
    bad = requests.post(
        f"{double.base}/_control/compliance", json={"tweets": {"1": "whim"}}, timeout=SECONDS
    )
    assert bad.status_code == 400
