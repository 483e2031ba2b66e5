"""What was delivered to whom, in order: the yardstick against which loss is counted."""

from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any, Protocol

Object = dict[str, Any]


class DeliveryReason(Protocol):
    """Why a post was sent: a rule of X, a channel of Mastodon."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def tag(self) -> str | None: ...  # noqa: D102


class DeliveryLedger:
    """One row a delivery, kept in columns so that millions fit; rows count from 1 (`seq`)."""

    def __init__(self) -> None:
        self._first = 1
        self._clear()

    def _clear(self) -> None:
        self._ids = array("Q")
        self._sent = array("q")
        self._connections = array("I")
        self._rules = array("I")
        self._kinds: list[tuple[DeliveryReason, ...]] = []
        self._kind_of: dict[tuple[DeliveryReason, ...], int] = {}
        self._counts: Counter[tuple[int, tuple[DeliveryReason, ...]]] = Counter()

    def __len__(self) -> int:
        return len(self._ids)

    def record(
        self, connection: int, post_id: str, rules: tuple[DeliveryReason, ...], sent_ms: int
    ) -> None:
        """Record that a post was handed to a connection's socket."""
        self._ids.append(int(post_id))
        self._sent.append(sent_ms)
        self._connections.append(connection)
        self._rules.append(self._kind(rules))
        self._counts[connection, rules] += 1

    def _kind(self, rules: tuple[DeliveryReason, ...]) -> int:
        """Return the number of these rules: few kinds of tuples stand for millions of rows."""
        kind = self._kind_of.setdefault(rules, len(self._kinds))
        if kind == len(self._kinds):
            self._kinds.append(rules)
        return kind

    def page(
        self,
        since: int = 0,
        limit: int = 10_000,
        connection: int | None = None,
        rule: str | None = None,
    ) -> Object:
        """Return rows after `since`, oldest first, of one connection or rule (id or tag) if named.

        `next` is the `since` of the following page; `more` tells whether there is one.
        """
        start = max(0, since - self._first + 1)
        entries: list[Object] = []
        at = start
        while at < len(self._ids) and len(entries) < limit:
            if self._is_of(at, connection, rule):
                entries.append(self._entry(at))
            at += 1
        return {
            "entries": entries,
            "next": self._first + at - 1,
            "more": at < len(self._ids),
            "total": len(self._ids),
        }

    def _entry(self, at: int) -> Object:
        rules = self._kinds[self._rules[at]]
        return {
            "seq": self._first + at,
            "connection": self._connections[at],
            "id": str(self._ids[at]),
            "sent_ms": self._sent[at],
            "rules": [rule.id for rule in rules],
            "tags": [rule.tag or "" for rule in rules],
        }

    def ids(self, connection: int | None = None, rule: str | None = None) -> Iterator[str]:
        """Return only the ids, in order, of one connection or rule (id or tag) if named."""
        for at in range(len(self._ids)):
            if at < len(self._ids) and self._is_of(at, connection, rule):
                yield str(self._ids[at])

    def _is_of(self, at: int, connection: int | None, rule: str | None) -> bool:
        if connection is not None and self._connections[at] != connection:
            return False
        return rule is None or any(rule in (r.id, r.tag) for r in self._kinds[self._rules[at]])

    def by_rule(self) -> dict[int, Counter[str]]:
        """Count deliveries per connection and rule id."""
        counts: dict[int, Counter[str]] = {}
        for (connection, rules), number in self._counts.items():
            counts.setdefault(connection, Counter()).update(
                dict.fromkeys((rule.id for rule in rules), number)
            )
        return counts

    def reset(self) -> None:
        """Forget all rows; `seq` goes on rising."""
        self._first += len(self._ids)
        self._clear()
