"""Who may do what: everybody against every route that Flask serves, and every socket event."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from streams.settings import ROOT
from tests.rig.environment import clean
from tests.web.administrator import PASSWORD, administrator, join
from tests.web.authorisation_matrix import EVENTS, ROUTES, WHO
from tests.web.person import Browser, OldClient, Person, some_name
from tests.web.site import Site
from tests.web.viewing import Viewer, refusal

API = "/api/v1"
PEOPLE = WHO[2:]
OWNED = re.compile(
    r"<(?:int:)?(?:client|deletion|export|file|segment|session|stream|token|trial)_id>|<number>"
)
"""What a route names that is the owner's alone."""


@dataclass
class World:
    """One of everybody, and what the owner has."""

    site: Site
    browsers: dict[str, Browser]
    client_token: str
    ids: dict[str, str]

    def ask(self, who: str, method: str, rule: str) -> requests.Response:
        """Call a route with an empty object, on what the owner has."""
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self.ids.get(found[1], "0" * 16), rule)
        headers = {"Origin": self.site.url}
        if who == "client":
            headers["Authorization"] = f"Token {self.client_token}"
        http = self.browsers[who].http if who in self.browsers else requests.Session()
        return http.request(
            method,
            self.site.url + path,
            json={} if method != "GET" else None,
            headers=headers,
            allow_redirects=False,
            timeout=20,
        )


def made(owner: Person, path: str, body: object) -> str:
    """Have the owner make something; returns its id."""
    answer = owner.call("POST", path, json=body)
    assert answer.ok, answer.text
    return str(answer.json()["id"])


def upload(owner: Person) -> str:
    answer = owner.call("POST", "/replays/files?name=a.json", data=b'{"id":"1","text":"a"}\n')
    assert answer.ok, answer.text
    return str(answer.json()["file"])


@pytest.fixture(scope="module")
def world(site: Site) -> World:
    boss = administrator(site, some_name())
    link = boss.call("POST", "/invitations", json={"role": "viewer"}).json()["token"]
    owner = Person(site)
    client = owner.call("POST", "/clients", json={"name": "lab"}).json()
    path = f"/clients/{client['id']}/jobs"
    job = owner.call("POST", path, json={"name": "rain", "keywords": "rain"}).json()
    stream = owner.stream()
    capture = {"plan": {"capture": {"collection": f"matrix of {owner.username}"}}}
    assert owner.call("PATCH", f"/streams/{stream}", json=capture).ok
    return World(
        site,
        {
            "viewer": join(site, link, some_name()),
            "other": Person(site).browser,
            "owner": owner.browser,
            "administrator": boss,
        },
        client["token"],
        {
            "stream_id": stream,
            "export_id": made(owner, f"/streams/{stream}/exports", {"format": "csv"}),
            "trial_id": made(owner, "/try", {"word": "rain"}),
            "deletion_id": made(owner, "/deletions", {"ids": ["1"]}),
            "file_id": upload(owner),
            "client_id": str(client["id"]),
            "number": str(job["number"]),
            "token_id": owner.call("GET", "/tokens").json()["items"][0]["id"],
            "session_id": owner.call("GET", "/sessions").json()["items"][0]["id"],
            "account_id": "0",
            "instance_id": "0",
            "name": "app.js",
        },
    )


class Served(NamedTuple):
    """Methods and rules in Flask's own map of URLs, and the events that sockets may send."""

    routes: list[tuple[str, str]]
    events: list[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    script = (
        "import json; from streams.settings import settings; from web.app import create_app\n"
        "app = create_app(settings()); rules = app.url_map.iter_rules()\n"
        "events = [*app.extensions['socketio'].server.handlers['/stream']]\n"
        "print(json.dumps([[[m, r.rule] for r in rules for m in r.methods], events]))"
    )
    env = clean(Path(tmp_path_factory.mktemp("map")))
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, check=True)
    routes, events = json.loads(done.stdout)
    found = {(method, rule) for method, rule in routes if method not in ("HEAD", "OPTIONS")}
    return Served(sorted(found), sorted(events))


def outcome(answer: requests.Response) -> str:
    return {401: "unauthorized", 403: "forbidden"}.get(answer.status_code, "in")


def test_every_route_and_every_event_has_a_row(served: Served) -> None:
    assert served.routes == sorted(ROUTES)
    assert served.events == sorted(EVENTS)


def test_everybody_on_every_route(world: World) -> None:
    wrong: list[Any] = []
    for (method, rule), outcomes in ROUTES.items():
        is_owned = bool(OWNED.search(rule))
        for who, want in outcomes.items():
            is_end = method == "DELETE" and is_owned and who == "owner"
            if is_end or (rule == API + "/sign-out" and who in PEOPLE):
                continue  # would end what the others are asked about
            answer = world.ask(who, method, rule)
            if outcome(answer) != want:
                wrong.append((who, method, rule, want, answer.status_code, answer.text[:80]))
            is_foreign = who not in ("owner", "client") and is_owned
            if is_foreign and answer.ok:
                wrong.append((who, method, rule, "not theirs", answer.status_code))
    assert wrong == []


def test_the_owner_is_answered_where_others_are_not(world: World) -> None:
    parts = ["backfill", "days", "edits", "exports", "gaps", "minutes", "segments", "corrections"]
    for part in ("", *(f"/{each}" for each in parts)):
        rule = f"{API}/streams/<stream_id>{part}"
        assert world.ask("owner", "GET", rule).status_code == 200
        for who in ("viewer", "other", "administrator"):
            assert world.ask(who, "GET", rule).status_code == 404


def test_everybody_on_every_socket_event(world: World) -> None:
    site, message = world.site, {"stream": world.ids["stream_id"]}
    found = {event: dict.fromkeys(WHO, "") for event in EVENTS}
    found["connect"]["nobody"] = refusal(site)["data"]["code"]
    found["connect"]["client"] = refusal(site, auth={"token": world.client_token})["data"]["code"]
    for who in PEOPLE:
        cookie = world.browsers[who].http.cookies["weir_session"]
        viewer = Viewer(site, cookies=f"weir_session={cookie}")
        found["connect"][who] = "in"
        try:
            for event, sent in (("subscribe",) * 2, ("unsubscribe",) * 2, ("*", "start")):
                answer = viewer.ask(sent, message)
                found[event][who] = answer["error"]["code"] if "error" in answer else "in"
        finally:
            viewer.close()
    assert found == {event: dict(zip(WHO, row, strict=True)) for event, row in EVENTS.items()}


def test_a_role_holds_for_the_older_dashboard_as_well(world: World) -> None:
    boss, old = world.browsers["administrator"], OldClient(world.site)
    pages = (boss.call("GET", f"/people?limit=100&offset={at}").json() for at in (0, 100, 200, 300))
    people = [each for page in pages for each in page["items"]]
    number = next(each["id"] for each in people if each["handle"] == old.username)
    boss.call("PATCH", f"/people/{number}", json={"role": "viewer"})
    assert (old.start().status_code, old.stop().status_code) == (403, 403)
    boss.call("PATCH", f"/people/{number}", json={"role": "editor"})
    assert old.start().status_code == 200
    assert PASSWORD not in world.site.output()
