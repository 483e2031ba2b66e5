"""The simulator's control: made-up posts of the test's own, faults, the ledger."""

import json
from collections.abc import Sequence
from typing import Any

import requests

APP = "simulator"
"""The key of the X app of every Weir under test."""


class Upstream:
    """What a test does at the far end of the connection to X."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, *texts: str, **fields: Any) -> list[str]:
        """Deliver posts with these texts now; gives their ids."""
        payloads = [{"data": {"text": text, "lang": "en", **fields}} for text in texts]
        return self.deliver(*payloads)

    def deliver(self, *payloads: dict[str, Any]) -> list[str]:
        """Deliver these payloads now; gives the ids."""
        body = "\n".join(json.dumps(payload) for payload in payloads)
        answer = requests.post(f"{self.url}/_control/posts", data=body.encode(), timeout=30)
        assert answer.ok, answer.text
        ids: list[str] = answer.json()["ids"]
        return ids

    def rate(self, posts_per_second: float) -> None:
        """Set the posts a second of the generator."""
        self._tell("rate", posts_per_second=posts_per_second)

    def prepare(self, posts: int, words: Sequence[str] = ()) -> None:
        """Have posts written and encoded before they are due, each with the next of the words."""
        body = json.dumps({"posts": posts, "words": words})
        assert requests.post(f"{self.url}/_control/prepare", data=body, timeout=300).ok

    def fault(self, fault: str, **how: Any) -> None:
        """Order a fault."""
        self._tell("faults", fault=fault, **how)

    def faults(self) -> list[str]:
        """List the kinds of the faults that have not yet struck as often as ordered."""
        answer = requests.get(f"{self.url}/_control/faults", timeout=10).json()
        return [fault["fault"] for fault in answer["faults"]]

    def settings(self, **values: Any) -> None:
        """Change settings of the simulator."""
        self._tell("settings", **values)

    def allow_many_rules(self) -> None:
        """Take more changes of rules than X does in 15 minutes: for many streams on one system."""
        self.settings(limits={"rules_post": 100_000, "rules_get": 100_000})

    def heal(self) -> None:
        """End every fault."""
        assert requests.delete(f"{self.url}/_control/faults", timeout=10).ok

    def rules(self, app: str = APP) -> list[dict[str, Any]]:
        """List the rules of an X app."""
        apps: Any = requests.get(f"{self.url}/_control/rules", timeout=10).json()["apps"]
        found: list[dict[str, Any]] = apps.get(app, [])
        return found

    def ledger(self) -> list[dict[str, Any]]:
        """List every delivery: id, sent_ms, tags, connection."""
        entries: list[dict[str, Any]] = []
        page: dict[str, Any] = {"more": True, "next": 0}
        while page["more"]:
            since = {"since": page["next"]}
            page = requests.get(f"{self.url}/_control/ledger", params=since, timeout=60).json()
            entries += page["entries"]
        return entries

    def clear_ledger(self) -> None:
        """Begin the ledger anew."""
        assert requests.delete(f"{self.url}/_control/ledger", timeout=10).ok

    def _tell(self, what: str, **values: Any) -> None:
        answer = requests.post(f"{self.url}/_control/{what}", json=values, timeout=10)
        assert answer.ok, answer.text
