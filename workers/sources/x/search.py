"""Recent search on X: a look at what a filter would have brought in the last minute."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import requests
import tweepy

from streams.settings import Settings
from streams.x_rules import SEARCH, Rule
from workers.sources.x.bearer import bearer_of
from workers.sources.x.client import FIELDS, TWEEPY_HOST, Rebase
from workers.sources.x.payload import Delivery, read_line

SECONDS = 60
BEHIND = 15
"""Seconds before now that a search may reach; X says 10, and a little for clocks."""
PAGE = 100
"""Posts in one answer, each of which is billed."""
MOST_RULES = 3


class SearchError(RuntimeError):
    """X did not answer a search; the text says why."""


class Sample(msgspec.Struct, frozen=True):
    """Posts of a minute, newest first; `read` counts those that X bills."""

    deliveries: list[Delivery]
    rate: float
    read: int
    note: str | None = None


def sample(settings: Settings, rules: Sequence[Rule]) -> Sample:
    """Search one minute for each rule, and estimate posts per second from what came.

    Raises SearchError.
    """
    try:
        return _sample(settings, rules)
    except (tweepy.TweepyException, requests.RequestException) as error:
        raise SearchError(f"X did not answer the search: {error}"[:300]) from error


def _sample(settings: Settings, rules: Sequence[Rule]) -> Sample:
    client = tweepy.Client(bearer_of(settings), return_type=requests.Response)
    client.session.mount(TWEEPY_HOST, Rebase(settings.x_api_base))
    end = time.time() - BEHIND
    found: dict[str, Delivery] = {}
    rate, read = 0.0, 0
    usable = [rule for rule in rules if len(rule.value) <= SEARCH.length]
    for rule in usable[:MOST_RULES]:
        page, more = _page(client, rule.value, end)
        read += len(page)
        kept = [each for each in page if each.lies(rule.inside)]
        rate += len(kept) / (end - _created(page[-1]) if more and page else SECONDS)
        found.update((each.post.id, each) for each in kept)
    note = None
    if len(usable[:MOST_RULES]) < len(rules):
        rate *= len(rules) / max(1, len(usable[:MOST_RULES]))
        note = f"Estimated from {len(usable[:MOST_RULES])} of {len(rules)} rules."
    return Sample(list(found.values()), rate, read, note)


def _page(client: tweepy.Client, rule: str, end: float) -> tuple[list[Delivery], bool]:
    answer = client.search_recent_tweets(
        rule,
        start_time=datetime.fromtimestamp(end - SECONDS, UTC),
        end_time=datetime.fromtimestamp(end, UTC),
        max_results=PAGE,
        **FIELDS,
    ).json()
    lines = [_line(data, answer.get("includes")) for data in answer.get("data") or ()]
    deliveries = [line for line in lines if isinstance(line, Delivery)]
    return deliveries, "next_token" in answer.get("meta", {})


def _line(data: Any, includes: Any) -> object:
    """Give one post of a page the shape that it has on the stream."""
    raw = msgspec.json.encode({"data": data, "includes": includes})
    return read_line(raw, int(time.time() * 1000))


def _created(delivery: Delivery) -> float:
    created_at = delivery.post.created_at
    return datetime.fromisoformat(created_at).timestamp() if created_at else 0.0
