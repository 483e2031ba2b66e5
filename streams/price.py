"""What X charges."""

POST_READ_USD = 0.005
"""Dollars for each post that is read, by stream or by search (X: pricing page, August 2026)."""
SECONDS_A_DAY = 86_400
MOST_PER_SECOND = 250
"""Posts a second that a self-serve stream delivers at most (X: rate limits page)."""


def cost_per_day_usd(posts_per_second: float) -> float:
    """Dollars that a day of a stream costs."""
    return min(posts_per_second, MOST_PER_SECOND) * SECONDS_A_DAY * POST_READ_USD
