"""A ceiling: one limit of what one account, or all together, may spend in a day or month."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from streams.live.report import Fault
from streams.quotas import QUOTAS, SPENDING, QuotaLimits, QuotaName, Spent

SPENT_CODE = "quota_spent"


class Ceiling(msgspec.Struct, frozen=True):
    """A limit of one account, or of all together (`account_id` None)."""

    account_id: int | None
    name: QuotaName
    limit: float

    @property
    def subject(self) -> str:
        """Its name in the ledger."""
        return f"{self.name}:{'all' if self.account_id is None else self.account_id}"

    def period(self, now: int) -> str:
        """Name the day or month (UTC) of a moment (ms)."""
        form = "%Y-%m-%d" if self.name.endswith("day") else "%Y-%m"
        return datetime.fromtimestamp(now / 1000, UTC).strftime(form)

    def amount(self, value: float) -> int:
        """Return a value in whole posts, or in millionths of dollars."""
        return round(value * 1_000_000) if self.name.startswith("usd") else int(value)

    def cost(self, price: float) -> int:
        """Return what a post of a price (dollars) costs under it."""
        return self.amount(price if self.name.startswith("usd") else 1)

    def recorded(self, spent: Mapping[int, Spent]) -> int:
        """Return what SQL counts as spent under it; `spent` is by account."""
        mine = [each for key, each in spent.items() if self.account_id in (None, key)]
        return self.amount(sum(getattr(each, self.name) for each in mine))

    def fault(self) -> Fault:
        """Return the fault of the streams that it stops."""
        whose = "of this Weir" if self.account_id is None else "of your account"
        text = f"The limit {whose} is reached: {self.limit:g} {QUOTAS[self.name].title}."
        return Fault(SPENT_CODE, f"{text} An administrator can raise it on the page People.")


def ceilings_of(limits: QuotaLimits, account_ids: Collection[int | None]) -> Iterator[Ceiling]:
    """Yield the ceilings of accounts, and with None among them those of all together."""
    for name in SPENDING:
        for account_id in account_ids:
            limit = (
                limits.in_total(name) if account_id is None else limits.of_account(account_id, name)
            )
            if limit is not None:
                yield Ceiling(account_id, name, limit)
