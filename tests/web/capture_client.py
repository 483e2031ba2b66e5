"""The existing capture client, as far as its wire goes: forms, and a connection for each call."""

import json
import sqlite3
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from tests.web.person import Person
from tests.web.site import Site

CREATED, STARTING, STARTED, STOPPING, STOPPED = 1, 2, 3, 4, 5


class CaptureClient:
    """Calls below the base URL with a token."""

    def __init__(self, url: str, token: str, id: int = 0) -> None:
        self.base = urlsplit(f"{url}/capture/api/")
        self.token = token
        self.id = id
        self.number = 0

    def call(
        self, method: str, path: str, form: dict[str, Any] | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Call as it does; gives status and JSON body."""
        assert self.base.hostname
        with closing(HTTPConnection(self.base.hostname, self.base.port or 80, timeout=20)) as wire:
            sent = {"Authorization": f"Token {self.token}", "Accept": "*/*", **headers}
            body = None
            if form is not None:
                body = as_form(form)
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            wire.request(method, self.base.path + path, body, sent)
            answer = wire.getresponse()
            return answer.status, json.loads(answer.read())

    def success(self, method: str, path: str, form: dict[str, Any] | None = None) -> Any:
        """Call, and take what the client takes for a success: 200 to 202 with JSON."""
        status, body = self.call(method, path, form)
        assert 200 <= status <= 202, (status, body)
        return body

    def active(self) -> list[dict[str, Any]]:
        """Ask for work."""
        page = self.success("GET", "activejobs/")
        assert page["count"] == len(page["results"]) < 2
        return list(page["results"])

    def job(self) -> dict[str, Any]:
        """Ask what its job is to do now."""
        found: dict[str, Any] = self.success("GET", f"jobs/{self.number:d}/")
        assert isinstance(found["status"], int)
        assert "total_count" in found
        return found

    def answer(self, status: int) -> dict[str, Any]:
        """Send the job back as it was read, with another status."""
        job = self.job() | {"status": status}
        found: dict[str, Any] = self.success("PUT", f"jobs/{self.number:d}/", job)
        return found

    def ping(self, total: int, rate: str = "2.985") -> dict[str, Any]:
        """Return how far it is."""
        form = {"total_count": total, "rate": rate}
        found: dict[str, Any] = self.success("PATCH", f"jobs/{self.number:d}/", form)
        return found

    def share_connects(self, app: str, *ages: float) -> tuple[int, Any]:
        """Report connects to X as our own agent does; gives status and JSON body."""
        address = f"{self.base.geturl()}connects/"
        headers = {"Authorization": f"Token {self.token}"}
        body = {"app": app, "ages": ages}
        answer = requests.post(address, json=body, headers=headers, timeout=20)
        return answer.status_code, answer.json()

    def report_gaps(self, *gaps: dict[str, Any], job: int | None = None) -> tuple[int, Any]:
        """Report gaps as our own agent does, in JSON; gives status and JSON body."""
        assert self.base.hostname
        address = f"{self.base.geturl()}jobs/{self.number if job is None else job}/gaps/"
        headers = {"Authorization": f"Token {self.token}"}
        answer = requests.post(address, json={"gaps": gaps}, headers=headers, timeout=20)
        return answer.status_code, answer.json()


def as_form(body: dict[str, Any]) -> str:
    """Write a dict as the client's library does: no nulls, an inner dict as its repeated keys."""
    pairs: list[tuple[str, Any]] = []
    for name, value in body.items():
        if isinstance(value, dict):
            pairs += [(name, key) for key in value]
        elif value is not None:
            pairs.append((name, value))
    return urlencode(pairs)


class Owner(Person):
    """Somebody with capture clients."""

    def client(self, name: str = "lab") -> CaptureClient:
        """Make one, and give it its token."""
        made = self.call("POST", "/clients", json={"name": name}).json()
        return CaptureClient(self.site.url, made["token"], made["id"])

    def job(self, client: CaptureClient, name: str, keywords: str = "rain, tea") -> int:
        """Make a job for a client; gives its number."""
        asked = {"name": name, "keywords": keywords}
        made = self.call("POST", f"/clients/{client.id}/jobs", json=asked)
        assert made.status_code == 201, made.text
        number: int = made.json()["number"]
        return number

    def tell(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Call the capture API as its own pages do: JSON and the session cookie."""
        sent = {"Origin": self.site.url, "X-CSRFToken": "of another time", **headers}
        return self.browser.http.request(
            method, f"{self.site.url}/capture/api/{path}", json=body, headers=sent, timeout=20
        )

    def ask(self, number: int, **changes: Any) -> dict[str, Any]:
        """Send a job back as it was read, with some of it changed."""
        job = self.tell("GET", f"jobs/{number}/").json()
        answer = self.tell("PATCH", f"jobs/{number}/", job | changes)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def age(site: Site, statement: str, *values: object) -> None:
    """Backdate something."""
    with closing(sqlite3.connect(site.folder / "data" / "weir.db", timeout=10)) as database:
        database.execute(statement, values)
        database.commit()
