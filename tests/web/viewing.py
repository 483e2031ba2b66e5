"""A viewer: a real Socket.IO client that keeps what it hears."""

from contextlib import suppress
from typing import Any

import engineio
import socketio
from socketio.exceptions import ConnectionError as ConnectError

from streams.names import NAMESPACE
from tests.rig.waiting import wait_until
from tests.web.person import OldClient, Person
from tests.web.site import Site

SECONDS = 10.0
engineio.payload.Payload.max_decode_packets = 1000  # browsers have no such bound


class Viewer:
    """Connected as soon as it is made, or refused."""

    def __init__(
        self,
        site: Site,
        *,
        auth: object = None,
        cookies: str = "",
        transports: tuple[str, ...] = ("websocket",),
        headers: dict[str, str] | None = None,
    ) -> None:
        self.frames: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.texts: list[str] = []
        self.refused: list[Any] = []
        self.client = socketio.Client(reconnection=False)
        for event, heard in (
            ("posts", self.frames),
            ("status", self.statuses),
            ("json", self.texts),
            ("connect_error", self.refused),
        ):
            self.client.on(event, heard.append, namespace=NAMESPACE)
        sent = dict(headers or {}) | ({"Cookie": cookies} if cookies else {})
        with suppress(ConnectError):
            self.client.connect(
                site.url,
                auth=auth,
                headers=sent,
                namespaces=[NAMESPACE],
                transports=list(transports),
                wait_timeout=10,
            )
        if not self.refused:
            assert self.is_connected

    def ask(self, event: str, *data: object) -> Any:
        """Send an event and return its acknowledgement."""
        packed = data[0] if len(data) == 1 else data
        return self.client.call(event, packed, namespace=NAMESPACE, timeout=SECONDS)

    @property
    def ids(self) -> list[str]:
        """Ids of the posts that came in frames."""
        return [each["id"] for frame in self.frames for each in frame["posts"]]

    def wait_for_ids(self, *ids: str) -> None:
        """Wait until these posts, and no others, have come."""
        wait_until(lambda: len(self.ids) >= len(ids), SECONDS, f"{len(ids)} posts")
        assert self.ids == list(ids)

    def wait_for_texts(self, count: int) -> list[str]:
        """Wait until so many `json` events have come."""
        wait_until(lambda: len(self.texts) >= count, SECONDS, f"{count} events")
        return self.texts

    @property
    def is_connected(self) -> bool:
        """Whether it is in the namespace still."""
        return NAMESPACE in self.client.namespaces

    def close(self) -> None:
        """Leave."""
        self.client.disconnect()


def watching(person: Person, **options: Any) -> Viewer:
    """Connect with a person's API token."""
    return Viewer(person.site, auth={"token": person.token}, **options)


def old_viewer(client: OldClient, **options: Any) -> Viewer:
    """Connect as the old client's page does."""
    return Viewer(client.site, cookies=client.cookies, **options)


def refusal(site: Site, **options: Any) -> Any:
    """Connect where that must fail; returns what the server said."""
    viewer = Viewer(site, **options)
    viewer.close()
    assert viewer.refused, "the socket was let in"
    return viewer.refused[0]
