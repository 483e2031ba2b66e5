"""An allowance: what one collector has reserved under one limit and not spent yet."""

from streams.live.spending import Reservation, SpendingLedger


class Allowance:
    """Amounts are whole posts, or millionths of dollars. Methods may raise LiveStoreError."""

    def __init__(self, ledger: SpendingLedger, subject: str) -> None:
        self.held = 0
        """What is reserved and not spent; below zero it is overdrawn."""
        self._ledger = ledger
        self._subject = subject
        self._period = ""
        self._epoch: str | None = None

    def begin(self, period: str) -> None:
        """Begin with nothing in a new day or month."""
        if period != self._period:
            self._period, self._epoch = period, None
            self.held = 0

    def reserve(
        self, needed: int, useful: int, *, limit: int, recorded: int, unrecorded: int
    ) -> None:
        """Reserve up to `useful` in all, and `needed` if the limit leaves as much.

        `recorded` is what SQL counts as spent, `unrecorded` what was spent here in the time that
        SQL may not know of.
        """
        held = max(0, self.held)
        asked = Reservation(
            period=self._period,
            subject=self._subject,
            limit=limit,
            recorded=recorded,
            unrecorded=unrecorded + held,
            overdrawn=max(0, -self.held),
            needed=max(0, needed - held),
            useful=max(0, useful - held),
        )
        granted, self._epoch = self._ledger.reserve(asked, self._epoch)
        self.held = held + granted

    def keep(self, amount: int) -> None:
        """Give back what is held beyond an amount; what is overdrawn counts as spent."""
        if 0 <= self.held <= amount or self._epoch is None:
            return
        kept = min(amount, max(0, self.held))
        self._ledger.give_back(self._period, self._subject, self.held - kept, self._epoch)
        self.held = kept
