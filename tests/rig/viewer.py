"""A viewer: a real Socket.IO client over a websocket that keeps what it is sent."""

import time
from typing import Any

import socketio

from streams import names


class Viewer:
    """Holds the posts of one subscription in order, each with the time it came (ms)."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.ack: dict[str, Any] = {}
        self.posts: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.frames: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.deletions: list[dict[str, Any]] = []
        self.edits: list[dict[str, Any]] = []
        self._client = socketio.Client(reconnection=False)
        self._client.on(names.EVENT_POSTS, self._take, namespace=names.NAMESPACE)
        self._client.on(names.EVENT_STATUS, self.statuses.append, namespace=names.NAMESPACE)
        self._client.on(names.EVENT_DELETED, self.deletions.append, namespace=names.NAMESPACE)
        self._client.on(names.EVENT_EDITED, self.edits.append, namespace=names.NAMESPACE)
        self._client.connect(
            url, headers=headers, transports=["websocket"], namespaces=[names.NAMESPACE]
        )

    def subscribe(
        self, stream_id: str, since: int | None = None, epoch: str | None = None
    ) -> dict[str, Any]:
        """Subscribe; posts of the answer come before all others."""
        asked = {"stream": stream_id, "since": since, "epoch": epoch}
        self.ack = self._client.call("subscribe", asked, namespace=names.NAMESPACE, timeout=10)
        self.posts[:0] = self.ack.get("posts", [])
        self.times[:0] = [0.0] * len(self.ack.get("posts", []))
        return self.ack

    def ids(self) -> list[str]:
        """Ids of the posts, in the order in which they came."""
        return [post["id"] for post in list(self.posts)]

    def texts(self) -> list[str]:
        """Texts of the posts, in the order in which they came."""
        return [post["text"] for post in list(self.posts)]

    def connected(self) -> bool:
        """Whether the socket is open."""
        return bool(self._client.connected)

    def close(self) -> None:
        """Close."""
        self._client.disconnect()

    def _take(self, frame: dict[str, Any]) -> None:
        now = time.time() * 1000
        self.frames.append(frame)
        self.posts.extend(frame["posts"])
        self.times.extend([now] * len(frame["posts"]))
