"""What an app has read: unique posts a UTC day, their price, and the refusals when it ends."""

import time
from collections import Counter

from simulator.posts import SimulatedPost
from simulator.problems import TYPES, Problem, problem
from simulator.settings import SimulatorSettings


def utc_day(now: float) -> str:
    """Name the UTC day of a unix time, as in 2026-11-23."""
    return time.strftime("%Y-%m-%d", time.gmtime(now))


class BillingMeter:
    """The reading meter of one app. The same post is free again within one UTC day."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self.posts_by_day: Counter[str] = Counter()
        self.user_reads = 0

    def count(self, post: SimulatedPost, day: str) -> None:
        """Bill one delivery of a post on a day."""
        if post.billed is None:
            post.billed = set()
        key = (id(self), day)
        if key not in post.billed:
            post.billed.add(key)
            self.posts_by_day[day] += 1

    def month(self, now: float) -> int:
        """Count the posts billed in the current UTC month."""
        month = utc_day(now)[:7]
        return sum(n for day, n in self.posts_by_day.items() if day.startswith(month))

    def cost(self) -> float:
        """Return what all reads cost, in US dollars."""
        posts = self.posts_by_day.total() * self._settings.price_per_post
        return round(posts + self.user_reads * self._settings.price_per_user, 6)

    def refusal(self, now: float) -> Problem | None:
        """Return the answer that stops this app from reading on, or None."""
        settings = self._settings
        if settings.balance is not None and self.cost() >= settings.balance:
            return credits_depleted()
        if settings.spend_limit is not None and self.cost() >= settings.spend_limit:
            return spend_cap_reached()
        if self.month(now) >= settings.monthly_cap:
            return usage_cap_exceeded()
        return None

    def reset(self) -> None:
        """Forget all reads."""
        self.posts_by_day.clear()
        self.user_reads = 0


def credits_depleted() -> Problem:
    """Make the answer to an account without credits (seen live, not in X's documents)."""
    detail = "Your enrolled account does not have any credits to fulfill this request."
    return problem(402, "CreditsDepleted", detail, "credits")


def spend_cap_reached() -> Problem:
    """Make the answer to an account at its own spending limit (seen live)."""
    detail = "Your account has reached its billing cycle spend cap."
    return problem(403, "SpendCapReached", detail, "spend-cap")


def usage_cap_exceeded() -> Problem:
    """Make the answer to a month's reads used up (seen live)."""
    body = {
        "account_id": "1",
        "product_name": "standard-basic",
        "title": "UsageCapExceeded",
        "period": "Monthly",
        "scope": "Product",
        "detail": "Usage cap exceeded: Monthly product cap",
        "type": TYPES + "usage-capped",
    }
    return Problem(429, body)
