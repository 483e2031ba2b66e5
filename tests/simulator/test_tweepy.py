"""Tweepy as it comes, pointed at the simulator."""

import threading
from typing import Any

import requests
import tweepy

from tests.rig.waiting import wait_until
from tests.simulator.double import SECONDS, App, Double


class Rebase(requests.adapters.HTTPAdapter):
    """Sends what is meant for X to the simulator."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # a subset of the arguments
        assert request.url is not None
        request.url = request.url.replace("https://api.twitter.com", self.base)
        return super().send(request, **options)


class Client(tweepy.StreamingClient):  # type: ignore[misc]  # Tweepy carries no types
    """Collects what Tweepy makes of the stream."""

    def __init__(self, app: App) -> None:
        super().__init__(app.bearer, chunk_size=1, max_retries=0)
        self.session.mount("https://api.twitter.com", Rebase(app.double.base))
        self.responses: list[Any] = []
        self.errors: list[Any] = []
        self.connects = self.keep_alives = 0
        self.statuses: list[int] = []

    def on_connect(self) -> None:
        self.connects += 1

    def on_response(self, response: Any) -> None:
        self.responses.append(response)

    def on_errors(self, errors: Any) -> None:
        self.errors += errors

    def on_keep_alive(self) -> None:
        self.keep_alives += 1

    def on_request_error(self, status_code: int) -> None:
        self.statuses.append(status_code)


def follow(client: Client, **fields: list[str]) -> threading.Thread:
    thread = threading.Thread(target=client.filter, kwargs=fields, daemon=True)
    thread.start()
    wait_until(lambda: client.connects or client.statuses, SECONDS, "a connection")
    return thread


def test_tweepy_manages_rules(app: App) -> None:
    client = Client(app)
    dry = client.add_rules(tweepy.StreamRule("cat", tag="c"), dry_run=True)
    assert dry.meta["summary"]["created"] == 1
    added = client.add_rules([tweepy.StreamRule("cat", tag="c"), tweepy.StreamRule("foo:bar")])
    assert [rule.value for rule in added.data] == ["cat"]
    assert added.errors[0]["title"] == "UnprocessableEntity"
    assert [(rule.value, rule.tag) for rule in client.get_rules().data] == [("cat", "c")]
    client.delete_rules([rule.id for rule in client.get_rules().data])
    assert client.get_rules().data is None


def test_tweepy_reads_posts_users_places_and_tags(app: App, double: Double) -> None:
    double.set(keep_alive=0.2)
    client = Client(app)
    client.add_rules(
        [tweepy.StreamRule("the OR a OR is OR in", tag="all"), tweepy.StreamRule("weather")]
    )
    thread = follow(
        client,
        tweet_fields=["created_at", "geo", "lang"],
        expansions=["author_id", "geo.place_id", "referenced_tweets.id"],
        place_fields=["geo", "country_code"],
    )
    wait_until(lambda: client.keep_alives > 1, SECONDS, "keep-alives")
    double.control("POST", "rate", json={"posts_per_second": 300})
    wait_until(lambda: len(client.responses) > 150, SECONDS, "posts")
    client.disconnect()
    thread.join(SECONDS)
    assert not thread.is_alive()
    first = client.responses[0]
    assert first.data.text
    assert first.data.created_at is not None
    assert first.includes["users"][0].id == first.data.author_id
    assert {rule.tag for r in client.responses for rule in r.matching_rules} <= {"all", ""}
    places = [r.includes["places"][0] for r in client.responses if "places" in r.includes]
    assert places
    assert len(places[0].geo["bbox"]) == 4


def test_tweepy_sees_errors_in_and_before_the_stream(app: App, double: Double) -> None:
    client = Client(app)
    follow(client)
    assert client.statuses == [409]
    client.disconnect()
    client = Client(app)
    client.add_rules(tweepy.StreamRule("cat"))
    follow(client)
    double.fault("operational_disconnect", after=0.1)
    wait_until(lambda: client.errors, SECONDS, "the message")
    assert client.errors[0]["disconnect_type"] == "UpstreamOperationalDisconnect"
    client.disconnect()


def test_tweepy_searches(app: App, double: Double) -> None:
    client = tweepy.Client(app.bearer)
    client.session.mount("https://api.twitter.com", Rebase(double.base))
    double.post(*({"text": f"zebra {n}", "id": str(n)} for n in range(30)))
    pages = tweepy.Paginator(client.search_recent_tweets, "zebra", max_results=10)
    assert [post.id for page in pages for post in page.data] == list(reversed(range(30)))
