"""Recent search on X: a look at what a filter would have brought in the last minute."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import requests
import tweepy

from streams.clock import now_ms
from streams.settings import Settings
from streams.x_rules import SEARCH, Rule
from workers.sources.x.client import FIELDS, TWEEPY_HOST, Rebase, bearer_from
from workers.sources.x.payload import Delivery, read_line

log = logging.getLogger(__name__)

SECONDS = 60
BEHIND = 15
"""Seconds before now that a search may reach; X says 10, and a little for clocks."""
PAGE = 100
"""Posts in one answer, each of which is billed."""
MOST_RULES = 3


SEARCH_PATH = "/2/tweets/search/recent"
FIELDS_BEFORE = {name.replace("_fields", ".fields"): value for name, value in FIELDS.items()}
FIELDS_TODAY = {
    "post.fields": "author_id,created_at,geo,lang,note_post,referenced_posts,withheld",
    "expansions": "author_id,geo.place_id,referenced_posts",
    "user.fields": FIELDS["user_fields"],
    "place.fields": FIELDS["place_fields"],
}
"""Names in X's OpenAPI document 2.167 (August 2026); the stream keeps the older ones."""
_takes_older_names: set[str] = set()
"""Hosts that took the older names last."""


class SearchError(RuntimeError):
    """X did not answer a search; the text says why, `code` what kind of failure it is."""

    code = "upstream_error"


class FilterRefusedError(SearchError):
    """X answered that it does not take the filter."""

    code = "filter_refused"


class Sample(msgspec.Struct, frozen=True):
    """Posts of a minute, newest first; `read` counts those that X bills."""

    deliveries: list[Delivery]
    rate: float
    read: int
    note: str | None = None


def sample(settings: Settings, rules: Sequence[Rule]) -> Sample:
    """Search one minute for each rule, and estimate posts per second from what came.

    Raises SearchError, which is a FilterRefusedError when X refuses the filter itself.
    """
    try:
        return _sample(settings, rules)
    except (tweepy.TweepyException, requests.RequestException) as error:
        raise search_error(error) from error


def search_error(error: Exception) -> SearchError:
    """Return what a failed search means: a 400 about the query refuses the filter itself."""
    if isinstance(error, tweepy.BadRequest) and any(
        "query" in (each.get("parameters") or {}) for each in error.api_errors
    ):
        detail = "; ".join(filter(None, error.api_messages)) or str(error)
        return FilterRefusedError(f"X refuses this filter: {detail}"[:300])
    return SearchError(f"X did not answer the search: {error}"[:300])


def _sample(settings: Settings, rules: Sequence[Rule]) -> Sample:
    client = open_client(settings)
    end = now_ms() / 1000 - BEHIND
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


def open_client(settings: Settings) -> tweepy.Client:
    """Make a client for searches; raises requests.RequestException where it needs a token first."""
    client = tweepy.Client(bearer_from(settings), return_type=requests.Response)
    client.session.mount(TWEEPY_HOST, Rebase(settings.x_api_base))
    return client


def _page(client: tweepy.Client, rule: str, end: float) -> tuple[list[Delivery], bool]:
    asked = {
        "query": rule,
        "start_time": _iso(end - SECONDS),
        "end_time": _iso(end),
        "max_results": PAGE,
    }
    answer = search(client, asked).json()
    lines = [_line(data, answer.get("includes")) for data in answer.get("data") or ()]
    deliveries = [line for line in lines if isinstance(line, Delivery)]
    return deliveries, "next_token" in answer.get("meta", {})


def search(client: tweepy.Client, asked: dict[str, Any]) -> requests.Response:
    """Ask with the names that this host took last (at first today's), then with the others.

    Raises tweepy.TweepyException or requests.RequestException.
    """
    host = _host(client)
    kinds = [(FIELDS_TODAY, "today's"), (FIELDS_BEFORE, "the older")]
    if host in _takes_older_names:
        kinds.reverse()
    for fields, words in kinds:
        try:
            answer: requests.Response = client.request("GET", SEARCH_PATH, params=asked | fields)
        except tweepy.BadRequest as error:
            if fields is kinds[-1][0] or not _is_about_names(error):
                raise
            log.info("X's search does not take %s field names; asking with the others", words)
            continue
        _remember(host, takes_older=fields is FIELDS_BEFORE)
        return answer
    raise AssertionError("the last kind of names is answered or raises")


def _remember(host: str, *, takes_older: bool) -> None:
    if takes_older:
        _takes_older_names.add(host)
    else:
        _takes_older_names.discard(host)


def _is_about_names(error: tweepy.BadRequest) -> bool:
    text = " ".join(error.api_messages) + str(error)
    return any(word in text.lower() for word in ("invalid value", "is not one of", "post.fields"))


def _host(client: tweepy.Client) -> str:
    adapter = client.session.get_adapter(TWEEPY_HOST)
    return adapter.base if isinstance(adapter, Rebase) else TWEEPY_HOST


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(data: Any, includes: Any) -> object:
    """Convert one post of a page to the shape that it has on the stream."""
    raw = msgspec.json.encode({"data": data, "includes": includes})
    return read_line(raw, now_ms())


def _created(delivery: Delivery) -> float:
    created_at = delivery.post.created_at
    return datetime.fromisoformat(created_at).timestamp() if created_at else 0.0
