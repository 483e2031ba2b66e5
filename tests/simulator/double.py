"""A running simulator, and clients of it, for tests."""

import itertools
import os
import subprocess
import sys
import threading
from typing import Any

import msgspec
import requests

from tests.rig.waiting import wait_until

_names = itertools.count(1)
SECONDS = 10.0
SECRET = "secret"


class Double:
    """A simulator process of its own, on a free port, silent unless told otherwise."""

    module = "simulator"

    def __init__(self, *flags: str) -> None:
        words = [sys.executable, "-m", self.module, "--port", "0", "--rate", "0", *flags]
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.base = self.process.stdout.readline().split()[-1]
        self.port = int(self.base.rpartition(":")[2])

    def app(self, key: str | None = None, secret: str = SECRET) -> "App":
        """Return an app that no other test uses, unless a key is given."""
        return App(self, key or f"app-{os.getpid()}-{next(_names)}", secret)

    def control(self, method: str, path: str, **options: Any) -> Any:
        """Call the control API; any error is an error of the test."""
        answer = requests.request(method, f"{self.base}/_control/{path}", timeout=30, **options)
        assert answer.ok, answer.text
        return answer.json()

    def post(self, *payloads: dict[str, Any]) -> Any:
        """Deliver payloads; a bare data object will do."""
        whole = [p if "data" in p else {"data": p} for p in payloads]
        body = b"\n".join(msgspec.json.encode(p) for p in whole)
        return self.control("POST", "posts", data=body)

    def fault(self, kind: str, **more: Any) -> Any:
        return self.control("POST", "faults", json={"fault": kind, **more})

    def set(self, **settings: Any) -> None:
        self.control("POST", "settings", json=settings)

    def ledger(self, **query: Any) -> Any:
        return self.control("GET", "ledger", params=query)

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(SECONDS)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        if not self.process.stderr.closed:
            self.complaints = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class App:
    """A developer app that talks to a simulator."""

    def __init__(self, double: Double, key: str, secret: str) -> None:
        self.double, self.key, self.secret = double, key, secret
        answer = requests.post(
            f"{double.base}/oauth2/token",
            {"grant_type": "client_credentials"},
            auth=(key, secret),
            timeout=SECONDS,
        )
        self.bearer: str = answer.json()["access_token"]
        self.headers = {"Authorization": f"Bearer {self.bearer}"}

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return requests.request(
            method, f"{self.double.base}{path}", headers=self.headers, timeout=SECONDS, **options
        )

    def add(self, *rules: str | tuple[str, str], dry_run: bool = False) -> Any:
        """Add rules, tagged ones as (value, tag)."""
        add = [
            {"value": rule} if isinstance(rule, str) else {"value": rule[0], "tag": rule[1]}
            for rule in rules
        ]
        query = {"dry_run": "true"} if dry_run else {}
        path = "/2/tweets/search/stream/rules"
        return self.call("POST", path, json={"add": add}, params=query).json()

    def rules(self) -> list[dict[str, str]]:
        answer = self.call("GET", "/2/tweets/search/stream/rules").json()
        held: list[dict[str, str]] = answer.get("data", [])
        return held

    def stream(self, **query: str) -> "Stream":
        return Stream(self, {name.replace("_fields", ".fields"): v for name, v in query.items()})

    def connections(self) -> list[dict[str, Any]]:
        """The ledger's records of this app's connections."""
        found = self.double.ledger()["connections"]
        return [connection for connection in found if connection["app"] == self.key]


class Stream:
    """One connection, read by a thread as fast as it comes."""

    def __init__(self, app: App, query: dict[str, str], read: bool = True) -> None:
        self.answer = app.call("GET", "/2/tweets/search/stream", params=query, stream=True)
        self.status = self.answer.status_code
        self.raw = b""
        self.chunks: list[bytes] = []
        self.error: Exception | None = None
        self.ended = False
        if self.status == 200:
            self._thread = threading.Thread(target=self._read, daemon=True)
            self._thread.start()

    def _read(self) -> None:
        try:
            for chunk in self.answer.iter_content(None):
                self.chunks.append(chunk)
                self.raw += chunk
        except Exception as error:
            self.error = error
        self.ended = True

    def __enter__(self) -> "Stream":
        assert self.status == 200, self.answer.text
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up the way a killed client does."""
        connection = getattr(self.answer.raw, "_connection", None)
        if connection is not None and connection.sock is not None:
            connection.sock.shutdown(2)
        self.answer.close()

    @property
    def lines(self) -> list[bytes]:
        """The whole lines so far that are not keep-alives."""
        return [line for line in self.raw.split(b"\r\n")[:-1] if line]

    @property
    def posts(self) -> list[Any]:
        return [msgspec.json.decode(line) for line in self.lines]

    @property
    def ids(self) -> list[str]:
        return [post["data"]["id"] for post in self.posts]

    def wait(self, count: int, seconds: float = SECONDS) -> list[Any]:
        """Wait for so many lines."""
        wait_until(lambda: len(self.lines) >= count, seconds, f"{count} lines, not {self.raw!r}")
        return self.posts

    def wait_end(self, seconds: float = SECONDS) -> None:
        wait_until(lambda: self.ended, seconds, "the end of the stream")
