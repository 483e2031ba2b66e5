"""A person with an account at X: signs in as browsers do, and calls what they may call."""

import itertools
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.rig.person import answer_x
from tests.web.site import Site

_names = itertools.count(1)


def some_name() -> str:
    """A name that nobody else has."""
    return f"person_{next(_names)}"


class Browser:
    """A browser with our own page open: a cookie jar, and the header that browsers add."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.http = requests.Session()

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the API as the page does."""
        headers = {"Origin": self.site.url, **options.pop("headers", {})}
        return self.http.request(
            method, f"{self.site.url}/api/v1{path}", headers=headers, timeout=20, **options
        )

    def sign_in(self, username: str) -> requests.Response:
        """Sign in; returns the answer of the page that X sends the browser to."""
        begun = self.call("POST", "/sign-in").json()
        return self.come_back(answer_x(begun["auth_url"], username))

    def come_back(self, location: str) -> requests.Response:
        """Follow X's redirect to the site under test, which listens where no app is registered."""
        query = urlsplit(location).query
        return self.http.get(f"{self.site.url}/redirect?{query}", allow_redirects=False, timeout=20)


class Person:
    """Somebody with an API token."""

    def __init__(self, site: Site, username: str | None = None) -> None:
        self.site = site
        self.username = username or some_name()
        self.browser = Browser(site)
        assert self.browser.sign_in(self.username).headers["Location"] == "/"
        self.token = self.browser.call("POST", "/tokens", json={"name": "test"}).json()["token"]

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the API as a program does."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return requests.request(
            method, f"{self.site.url}/api/v1{path}", headers=headers, timeout=20, **options
        )

    def stream(self, *, running: bool = False, **wanted: Any) -> str:
        """Make a stream; returns its id."""
        made = self.call("POST", "/streams", json={"filter": wanted or {"word": "rain"}})
        assert made.status_code == 201, made.text
        stream_id: str = made.json()["id"]
        if running:
            assert self.call("POST", f"/streams/{stream_id}/start").status_code == 202
        return stream_id


class OldClient:
    """The old dashboard client: two texts in cookies, sent along in every body."""

    def __init__(self, site: Site, username: str | None = None) -> None:
        self.site = site
        self.username = username or some_name()
        begun = self.post("/login", None).json()
        location = answer_x(begun["auth_url"], self.username)
        self.pair = self.post("/token", dict(parse_qsl(urlsplit(location).query))).json()

    def post(self, path: str, body: object) -> requests.Response:
        """Call as it does."""
        return requests.post(self.site.url + path, json=body, timeout=20)

    def start(self, word: str = "rain", location: str = "", **more: Any) -> requests.Response:
        """Click on Start."""
        asked = {"filterWord": word, "location": location, "maxResults": 20, **more}
        return self.post("/startStream", {**self.pair, **asked})

    def stop(self) -> requests.Response:
        """Click on Stop."""
        return self.post("/stopStream", self.pair)

    @property
    def cookies(self) -> str:
        """What its page sends when it connects."""
        return "; ".join(f"{name}={value}" for name, value in self.pair.items())
