"""A person at the dashboard: signs in at the simulator, calls the API, opens sockets."""

from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

import requests

from tests.rig.viewer import Viewer


def answer_x(auth_url: str, username: str, decision: str = "allow") -> str:
    """Click on X's page; returns where it sends the browser."""
    address, _, query = auth_url.partition("?")
    form = {**dict(parse_qsl(query)), "username": username, "decision": decision}
    answer = requests.post(address, data=form, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


class Person:
    """One browser session. `name` is the handle to sign in with at the simulator."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.http = requests.Session()
        self.http.headers["Origin"] = url
        self._viewers: list[Viewer] = []

    def __enter__(self) -> "Person":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def sign_in(self) -> "Person":
        """Sign in as our own page does: the session is a cookie."""
        answer = self.call("POST", "/sign-in")
        back = self.allow(answer["auth_url"])
        answer = self.http.get(back, allow_redirects=False, timeout=10)
        assert answer.status_code == 303, answer.text
        assert answer.headers["Location"] == "/", answer.headers
        return self

    def allow(self, auth_url: str) -> str:
        """Press Allow at the simulator; gives the address that it sends the browser to."""
        return answer_x(auth_url, self.name)

    def ask(self, method: str, path: str, json: object = None) -> requests.Response:
        """Call the API, whatever it answers."""
        return self.http.request(method, f"{self.url}/api/v1{path}", json=json, timeout=10)

    def call(self, method: str, path: str, json: object = None) -> Any:
        """Call the API, which must agree."""
        answer = self.ask(method, path, json)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def start(self, **filter_: object) -> str:
        """Make a stream and start it; gives its id."""
        stream_id: str = self.call("POST", "/streams", {"filter": filter_})["id"]
        self.call("POST", f"/streams/{stream_id}/start")
        return stream_id

    def state(self, stream_id: str) -> str:
        """Tell the state of a stream."""
        return str(self.call("GET", f"/streams/{stream_id}")["status"]["state"])

    def watch(self, stream_id: str, since: int | None = None) -> Viewer:
        """Open a socket and subscribe."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)
        viewer = Viewer(self.url, {"Cookie": cookies})
        self._viewers.append(viewer)
        viewer.subscribe(stream_id, since)
        return viewer

    def close(self) -> None:
        """Close sockets and connections."""
        for viewer in self._viewers:
            viewer.close()
        self.http.close()
