"""A running double of a Mastodon instance, for tests."""

from typing import Any

import msgspec
from mastodon import Mastodon

from tests.simulator.double import Double

TOKEN = "secret"


class Instance(Double):
    """A double of an instance, as a process of its own."""

    module = "simulator.mastodon"

    def client(self, token: str = TOKEN) -> Mastodon:
        return Mastodon(access_token=token, api_base_url=self.base, ratelimit_method="throw")

    def deliver(self, *texts: str, **fields: Any) -> list[str]:
        lines = [msgspec.json.encode({"text": text, **fields}) for text in texts]
        ids: list[str] = self.control("POST", "posts", data=b"\n".join(lines))["ids"]
        return ids

    def following(self) -> list[list[str]]:
        """The channels of every open connection."""
        found = self.control("GET", "")["connections"]
        return [each["channels"] for each in found if not each["disconnected_at"]]
