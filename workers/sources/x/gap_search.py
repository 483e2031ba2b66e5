"""X's recent search as a GapSearch: the posts of the last seven days, page by page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import requests
import tweepy

from streams.clock import now_ms
from streams.filter import Filter, account_of
from streams.price import SEARCH_REACH_MS
from streams.settings import Settings, settings
from streams.x_rules import SEARCH, RuleError, rules_for
from workers.sources.gap_search import (
    FoundPage,
    FoundPost,
    GapQuery,
    SearchDelayedError,
    SearchImpossibleError,
    SearchWindow,
)
from workers.sources.x.client import outcome_of
from workers.sources.x.pacing import Pacing
from workers.sources.x.payload import Delivery, read_line
from workers.sources.x.search import FilterRefusedError, open_client, search, search_error

REACH_MS = SEARCH_REACH_MS - 60_000
"""A minute less than X searches back, so that a request on its way is not refused."""
SPARE_REQUESTS = 50
"""Requests of a quarter of an hour that are left to trials; X allows an app 450."""
_NAMED = ("referenced_tweets", "referenced_posts")


class XGapSearch:
    """Implements GapSearch."""

    reach_ms = REACH_MS
    least_posts, most_posts = 10, 100

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: tweepy.Client | None = None
        self._pacing = Pacing()

    def queries(self, filter_: Filter) -> Sequence[GapQuery]:
        """Write the filter in queries of 512 characters."""
        try:
            rules = rules_for(filter_, SEARCH).rules
        except RuleError as error:
            raise SearchImpossibleError("no_query", str(error)) from None
        return [GapQuery(rule.value, rule.inside) for rule in rules]

    def absent(self, filter_: Filter) -> Sequence[str]:
        """Name reposts, which X leaves out of searches for words, and posts deleted since."""
        parts = [part for term in filter_.words for part in term.split()]
        has_words = any(account_of(part) is None for part in parts)
        return ("reposts", "deleted_since") if has_words else ("deleted_since",)

    def page(
        self,
        query: GapQuery,
        window: SearchWindow,
        size: int,
        *,
        before_id: str | None,
        next_token: str | None,
    ) -> FoundPage:
        """Ask X for a page. X takes `until_id` in place of `end_time`."""
        asked: dict[str, Any] = {
            "query": query.text,
            "start_time": _iso(window.since),
            "max_results": size,
        }
        asked |= {"until_id": before_id} if before_id else {"end_time": _iso(window.until, up=True)}
        if next_token:
            asked["next_token"] = next_token
        try:
            if self._client is None:
                self._client = open_client(self._settings)
            answer = search(self._client, asked)
        except (tweepy.TweepyException, requests.RequestException) as error:
            raise self._failure(error) from error
        self._pacing = Pacing()
        return _found(answer, query)

    def _failure(self, error: Exception) -> SearchDelayedError | SearchImpossibleError:
        if isinstance(meaning := search_error(error), FilterRefusedError):
            return SearchImpossibleError("no_query", str(meaning))
        response = getattr(error, "response", None)
        if response is None:
            return SearchDelayedError(5.0, f"X's search cannot be reached: {error}"[:200])
        decision = self._pacing.after(outcome_of(response, response.status_code))
        if decision.refused:
            self._client = None  # another token may be accepted
            return SearchImpossibleError(decision.fault.code, decision.fault.message)
        return SearchDelayedError(decision.seconds, decision.fault.message)


def open_gap_search() -> XGapSearch:
    """Make the search with this process's settings."""
    return XGapSearch(settings())


def _found(answer: requests.Response, query: GapQuery) -> FoundPage:
    body = msgspec.json.decode(answer.content)
    includes = body.get("includes") or {}
    data = body.get("data") or []
    found: list[FoundPost] = []
    for each in data:
        raw = msgspec.json.encode(_line(each, includes))
        delivery = read_line(raw, now_ms())
        if isinstance(delivery, Delivery) and delivery.lies(query.inside):
            found.append(FoundPost(delivery.post, raw))
    meta = body.get("meta") or {}
    oldest = str(data[-1]["id"]) if data else None
    return FoundPage(found, oldest, meta.get("next_token"), len(data), _wait(answer.headers))


def _wait(headers: Mapping[str, str]) -> float:
    """Return the seconds to wait so that SPARE_REQUESTS of the window are left."""
    try:
        left = int(headers["x-rate-limit-remaining"])
        reset_at = float(headers["x-rate-limit-reset"])
    except (KeyError, ValueError):
        return 0.0
    return max(0.0, reset_at - now_ms() / 1000) if left <= SPARE_REQUESTS else 0.0


def _line(post: dict[str, Any], includes: dict[str, Any]) -> dict[str, Any]:
    """Return what the stream would have sent: the post with what it refers to, and nothing else."""
    referred = {each.get("id") for name in _NAMED for each in post.get(name) or ()}
    posts = [
        each
        for name in ("tweets", "posts")
        for each in includes.get(name) or ()
        if each.get("id") in referred
    ]
    authors = {each.get("author_id") for each in (post, *posts)}
    places = {(each.get("geo") or {}).get("place_id") for each in (post, *posts)}
    kept = {
        "users": _with_ids(includes.get("users"), authors),
        "places": _with_ids(includes.get("places"), places),
        "tweets": _with_ids(includes.get("tweets"), referred),
        "posts": _with_ids(includes.get("posts"), referred),
    }
    kept = {name: values for name, values in kept.items() if values}
    return {"data": post, "includes": kept} if kept else {"data": post}


def _with_ids(found: Iterable[dict[str, Any]] | None, wanted: set[str | None]) -> list[Any]:
    return [each for each in found or () if each.get("id") in wanted]


def _iso(ms: int, *, up: bool = False) -> str:
    """Write a moment in whole seconds, as X wants it, rounded down or `up`."""
    seconds = -(-ms // 1000) if up else ms // 1000
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
