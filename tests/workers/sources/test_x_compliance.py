"""X's batch compliance as X speaks it: the simulator's, and jobs that take their time or fail."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.settings import Settings, settings
from tests.simulator.double import Double
from workers.sources.x.compliance import ComplianceError, NoncompliantPost, check


class SlowX:
    """Answers a job with these states, one a look; then with these lines to download."""

    def __init__(self) -> None:
        self.states = ["created", "in_progress", "in_progress", "complete"]
        self.lines = b'{"id":"1","action":"delete","reason":"deleted","created_at":"x"}\r\n\r\n'
        self.uploaded = b""
        self.refuse = ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer = outer.answer(self.command, self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = _serve  # noqa: N815  # the base class names them

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self.refuse and self.refuse in f"{method} {path}":
            return 403, b'{"title":"Forbidden","detail":"not you"}'
        if path == "/upload":
            self.uploaded = body
            return 200, b""
        if path == "/download":
            return 200, self.lines
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        job = {"id": "9", "type": "tweets", "status": state}
        job |= {"upload_url": f"{self.base}/upload", "download_url": f"{self.base}/download"}
        return 200, msgspec.json.encode({"data": job})


@pytest.fixture
def slow() -> Iterator[SlowX]:
    made = SlowX()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def ids(tmp_path: Path) -> Path:
    path = tmp_path / "ids"
    path.write_text("1\n2\n3\n")
    return path


def reach(base: str, **more: Any) -> Settings:
    return settings().model_copy(update={"x_api_base": base, "x_bearer_token": "made-up", **more})


def at_once(_seconds: float) -> bool:
    return False


def test_the_simulator_names_what_is_gone(ids: Path) -> None:
    double = Double()
    try:
        double.control("POST", "compliance", json={"tweets": {"1": "deleted", "3": "scrub_geo"}})
        key = {"x_bearer_token": "", "x_api_key": "simulator", "x_api_secret": "simulator"}
        found = check(reach(double.base, **key), ids, "check", at_once)
        assert [(each.id, each.reason) for each in found] == [("1", "deleted"), ("3", "scrub_geo")]
    finally:
        double.stop()


def test_a_job_that_takes_its_time_is_waited_for(slow: SlowX, ids: Path) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return False

    assert check(reach(slow.base), ids, "check", wait) == [
        NoncompliantPost("1", "delete", "deleted")
    ]
    assert slow.uploaded == ids.read_bytes()
    assert waited == [1.0, 2.0]


@pytest.mark.parametrize("state", ["failed", "expired"])
def test_a_job_that_fails_is_told(slow: SlowX, ids: Path, state: str) -> None:
    slow.states = ["created", state]
    with pytest.raises(ComplianceError, match=f"the compliance job has {state}"):
        check(reach(slow.base), ids, "check", at_once)


@pytest.mark.parametrize("refused", ["POST /2/", "PUT /upload", "GET /2/", "GET /download"])
def test_a_refusal_anywhere_is_told(slow: SlowX, ids: Path, refused: str) -> None:
    slow.refuse = refused
    with pytest.raises(ComplianceError, match="403"):
        check(reach(slow.base), ids, "check", at_once)


@pytest.mark.parametrize("lines", [b"no json", b'{"id":1}', b"\xff\n", b"[]"])
def test_a_list_that_cannot_be_read_is_told(slow: SlowX, ids: Path, lines: bytes) -> None:
    slow.lines = lines
    with pytest.raises(ComplianceError, match="failed"):
        check(reach(slow.base), ids, "check", at_once)


def test_a_machine_that_stops_does_not_wait(slow: SlowX, ids: Path) -> None:
    slow.states = ["created", "in_progress"]
    with pytest.raises(ComplianceError, match="stopping"):
        check(reach(slow.base), ids, "check", lambda _: True)


def test_nobody_there_is_told(ids: Path) -> None:
    with pytest.raises(ComplianceError):
        check(reach("http://127.0.0.1:9"), ids, "check", at_once)
