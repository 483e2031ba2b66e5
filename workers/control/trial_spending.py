"""What trials of filters cost: reserved before X is asked, under the limits that streams have."""

import redis

from streams.live.report import Fault
from streams.live.spending import SpendingLedger
from streams.price import POST_READ_USD
from streams.store import Store
from workers.collector.allowance import Allowance
from workers.collector.ceiling import Ceiling, ceilings_of


class TrialRefusedError(RuntimeError):
    """A limit leaves too little for a trial."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class TrialSpending:
    """What one trial may spend; made, it is reserved. Raises StoreError, LiveStoreError."""

    def __init__(
        self, store: Store, client: redis.Redis, account_id: int, most: int, now: int
    ) -> None:
        """Reserve the price of `most` posts at a moment (ms), or raise TrialRefusedError."""
        self._most = most
        self._allowances: list[tuple[Ceiling, Allowance]] = []
        ceilings = list(ceilings_of(store.quotas.limits(), (account_id, None)))
        spent = store.quotas.spent(now) if ceilings else {}
        ledger = SpendingLedger(client)
        for ceiling in ceilings:
            allowance = Allowance(ledger, ceiling.subject)
            allowance.begin(ceiling.period(now))
            needed = most * ceiling.cost(POST_READ_USD)
            allowance.reserve(
                needed,
                needed,
                limit=ceiling.amount(ceiling.limit),
                recorded=ceiling.recorded(spent),
                unrecorded=0,
            )
            self._allowances.append((ceiling, allowance))
            if allowance.held < needed:
                self.settle(0)
                raise TrialRefusedError(ceiling.fault())

    def settle(self, read: int) -> None:
        """Give back what was reserved for more posts than were read."""
        for ceiling, allowance in self._allowances:
            allowance.held -= read * ceiling.cost(POST_READ_USD)
            allowance.keep(0)
