"""A double of Jetstream as a process of its own."""

from typing import Any

import msgspec

from tests.simulator.double import Double


class Jetstream(Double):
    """Publishes what a test says, silent unless told otherwise."""

    module = "simulator.bluesky"

    @property
    def host(self) -> str:
        """The address that subscribers connect to."""
        return self.base.replace("http", "ws", 1)

    def publish(self, *texts: str, handle: str = "demo.bsky.social", **record: Any) -> list[str]:
        """Publish posts with these texts; gives their addresses."""
        orders = [{"text": text, "handle": handle, "record": record} for text in texts]
        lines = b"\n".join(map(msgspec.json.encode, orders))
        ids: list[str] = self.control("POST", "posts", data=lines)["ids"]
        return ids

    def sent(self) -> list[str]:
        """Addresses of the posts that went to a socket, in order."""
        ids: list[str] = self.control("GET", "ledger")["ids"]
        return ids

    def subscribers(self) -> list[dict[str, Any]]:
        """The open subscriptions."""
        found = self.control("GET", "")["connections"]
        return [each for each in found if not each["disconnected_at"]]
