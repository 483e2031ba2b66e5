"""What X charges."""

import msgspec

POST_READ_USD = 0.005
"""Dollars for each post that is read, by stream or by search (X: pricing page, August 2026)."""
SEARCH_REACH_MS = 7 * 86_400_000
"""How far back X's recent search reaches."""
SECONDS_A_DAY = 86_400
MOST_PER_SECOND = 250
"""Posts a second that a self-serve stream delivers at most (X: rate limits page)."""


def cost_per_day_usd(posts_per_second: float) -> float:
    """Return the dollars that a day of a stream costs."""
    return min(posts_per_second, MOST_PER_SECOND) * SECONDS_A_DAY * POST_READ_USD


class BackfillEstimate(msgspec.Struct, frozen=True):
    """What filling a gap costs at most: search brings no reposts, the stream does."""

    posts: int
    usd: float


def estimate_backfill(posts_per_second: float, post_usd: float, gap_ms: int) -> BackfillEstimate:
    """Estimate the cost of a gap from the present rate of a stream and the price of a post."""
    posts = round(min(posts_per_second, MOST_PER_SECOND) * gap_ms / 1000)
    return BackfillEstimate(posts, round(posts * post_usd, 2))
