"""The outage log: one line when a store goes away, one a minute, one when it is back."""

import logging
import time

from streams.outage_filter import MINUTE


class OutageLog:
    """Used by one loop that repeats its work until a store answers again."""

    def __init__(self, log: logging.Logger, consequence: str) -> None:
        """`consequence` says what happens meanwhile, such as "posts wait in memory"."""
        self._log = log
        self._consequence = consequence
        self._logged_at: float | None = None

    def failed(self, error: Exception) -> None:
        """Report that the work failed, at most once a minute."""
        now = time.monotonic()
        if self._logged_at is None or now - self._logged_at >= MINUTE:
            self._logged_at = now
            reason = str(error).partition("\n")[0] or type(error).__name__
            self._log.warning("%s; %s until it answers again", reason, self._consequence)

    def succeeded(self) -> None:
        """Report, once, that the work goes on."""
        if self._logged_at is not None:
            self._logged_at = None
            self._log.warning("the store answers again")
