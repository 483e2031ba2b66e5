"""Quotas: how much one account, and all together, may take of what is scarce."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

QuotaName = Literal[
    "streams_running",
    "x_rules",
    "posts_day",
    "posts_month",
    "usd_day",
    "usd_month",
    "capture_bytes",
    "upload_bytes",
    "replays_running",
    "sockets",
]
Unit = Literal["count", "posts", "usd", "bytes"]


class QuotaKind(NamedTuple):
    """What is counted, and the limits where an administrator set none; None is no limit."""

    title: str
    unit: Unit
    each: float | None
    total: float | None


QUOTAS: dict[QuotaName, QuotaKind] = {
    "streams_running": QuotaKind("running streams", "count", 100, None),
    "x_rules": QuotaKind("rules at X", "count", 500, 1000),
    "posts_day": QuotaKind("paid posts a day", "posts", None, None),
    "posts_month": QuotaKind("paid posts a month", "posts", None, None),
    "usd_day": QuotaKind("dollars a day", "usd", None, None),
    "usd_month": QuotaKind("dollars a month", "usd", None, None),
    "capture_bytes": QuotaKind("bytes of captures", "bytes", None, None),
    "upload_bytes": QuotaKind("bytes of uploads and exports", "bytes", 10 << 30, None),
    "replays_running": QuotaKind("running replays", "count", 4, None),
    "sockets": QuotaKind("open sockets", "count", 50, None),
}
RULES_FOR_EVERYBODY = 10
"""Rules at X that every account can have, whatever the others take."""
NEWCOMERS = 5
"""Future accounts for which Weir keeps as many rules each."""
MINUTE_MS, DAY_MINUTES = 60_000, 1440


class QuotaLimits(msgspec.Struct, frozen=True):
    """What administrators set: for each account, for all together, and for some accounts."""

    each: Mapping[str, float | None] = {}
    total: Mapping[str, float | None] = {}
    of: Mapping[int, Mapping[str, float | None]] = {}

    def of_account(self, account_id: int, name: QuotaName) -> float | None:
        """Return the limit of an account; None is no limit."""
        default = self.each.get(name, QUOTAS[name].each)
        return self.of.get(account_id, {}).get(name, default)

    def in_total(self, name: QuotaName) -> float | None:
        """Return the limit of all accounts together; None is no limit."""
        return self.total.get(name, QUOTAS[name].total)


class Spent(msgspec.Struct, frozen=True):
    """Posts that were paid for today and this month (UTC), and what they cost."""

    posts_day: int = 0
    posts_month: int = 0
    usd_day: float = 0.0
    usd_month: float = 0.0

    def plus(self, other: "Spent") -> "Spent":
        """Return both together."""
        return Spent(
            self.posts_day + other.posts_day,
            self.posts_month + other.posts_month,
            self.usd_day + other.usd_day,
            self.usd_month + other.usd_month,
        )


SPENDING: tuple[QuotaName, ...] = ("posts_day", "posts_month", "usd_day", "usd_month")
"""The quotas of what was spent, which are the fields of `Spent`."""
