"""The old dashboard client, as far as its wire goes."""

import json
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import requests
import socketio

from streams import names
from tests.rig.person import Person


class OldClient:
    """Speaks the four calls and the socket of the old client, from the page's own origin."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.person = Person(url, name)
        self.account = self.token = ""
        self.posts: list[dict[str, Any]] = []
        self._socket = socketio.Client(reconnection=False)

    def sign_in(self) -> "OldClient":
        """Log in, as the page and X's pages do together."""
        auth_url = self.post("/login", {}).json()["auth_url"]
        query = parse_qs(urlsplit(self.person.allow(auth_url)).query)
        pair = {name: query[name][0] for name in ("oauth_token", "oauth_verifier")}
        answer = self.post("/token", pair).json()
        self.account, self.token = answer["twitter_account"], answer["twitter_token"]
        return self

    def post(self, path: str, body: object) -> requests.Response:
        """Call the wire."""
        return requests.post(self.url + path, json=body, timeout=10)

    def start(self, word: str, location: str = "", **more: object) -> requests.Response:
        """Start the stream."""
        body = {"filterWord": word, "location": location, "maxResults": 20, **self.who(), **more}
        return self.post("/startStream", body)

    def stop(self) -> requests.Response:
        """Stop the stream."""
        return self.post("/stopStream", self.who())

    def who(self) -> dict[str, str]:
        """The pair of texts that proves who calls."""
        return {"twitter_account": self.account, "twitter_token": self.token}

    def listen(self) -> None:
        """Open the socket as the page does: polling first, cookies percent-encoded."""
        cookies = "; ".join(f"{name}={quote(value)}" for name, value in self.who().items())
        self._socket.on(
            names.EVENT_LEGACY_POST,
            lambda text: self.posts.append(json.loads(text)),
            namespace=names.NAMESPACE,
        )
        self._socket.connect(self.url, headers={"Cookie": cookies}, namespaces=[names.NAMESPACE])

    def close(self) -> None:
        """Close the socket."""
        self._socket.disconnect()
        self.person.close()
