"""X's rules follow the wanted streams, and nothing else of the app is touched."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
import requests

from streams.box import Box
from streams.filter import Filter
from streams.place import Place
from streams.stream import Stream, Wanted
from tests.simulator.double import App, Double
from workers.sources.source import LAST_POSTS
from workers.sources.x.client import XClient
from workers.sources.x.rule_book import OURS, RuleBook

A, B = "a" * 16, "b" * 16


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    running = Double("--rule-delay", "0")
    yield running
    running.stop()


@pytest.fixture
def app(double: Double) -> App:
    return double.app()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(app: App, clock: Clock) -> RuleBook:
    return RuleBook(XClient(app.double.base, app.bearer), clock)


def stream(stream_id: str, *words: str, generation: int = 1) -> Stream:
    wanted = Filter(keywords=words)
    return Stream(stream_id, 1, "s", "x", wanted, Wanted.RUNNING, generation, False, 0, 0)


def held(app: App) -> dict[str, str]:
    return {rule["value"]: rule.get("tag", "") for rule in app.rules()}


def fed(book: RuleBook, app: App, word: str, tag: str = "") -> set[str]:
    """Streams that a post gets to when it matches the rule for a word."""
    ids = [(rule["id"], rule.get("tag", "")) for rule in app.rules() if word in rule["value"]]
    return {route.stream_id for route in book.feeds(ids or [("unknown", tag)])}


def test_rules_come_and_go_with_the_streams(book: RuleBook, app: App) -> None:
    book.follow([stream(A, "rain"), stream(B, "snow")])
    assert set(held(app)) == {"rain lang:en", "snow lang:en"}
    assert (fed(book, app, "rain"), fed(book, app, "snow")) == ({A}, {B})
    book.follow([stream(B, "snow")])
    assert set(held(app)) == {"snow lang:en"}
    book.follow([])
    assert held(app) == {}
    assert book.empty


def test_two_streams_that_ask_for_the_same_share_a_rule_until_the_last_one_goes(
    book: RuleBook, app: App, clock: Clock
) -> None:
    book.follow([stream(A, "rain"), stream(B, "rain")])
    assert set(held(app)) == {"rain lang:en"}
    assert fed(book, app, "rain") == {A, B}
    book.follow([stream(B, "rain")])
    clock.now += LAST_POSTS
    assert fed(book, app, "rain") == {B}
    book.follow([])
    assert held(app) == {}


def test_a_tag_tells_nothing_of_who_asks(book: RuleBook, app: App) -> None:
    book.follow([stream(A, "rain"), stream(B, "snow")])
    tags = set(held(app).values())
    assert len(tags) == 2
    assert all(OURS.fullmatch(tag) for tag in tags)
    assert not tags & {A, B}
    book.follow([])
    book.follow([stream(B, "rain")])
    assert set(held(app).values()) < tags


def test_what_an_earlier_collector_left_is_taken_over_or_deleted(app: App) -> None:
    app.add(("rain lang:en", A), ("old lang:en", B))
    before = {rule["id"] for rule in app.rules() if rule["value"] == "rain lang:en"}
    book = RuleBook(XClient(app.double.base, app.bearer))
    book.follow([stream(A, "rain")])
    assert {rule["id"] for rule in app.rules()} == before


def test_rules_of_other_programs_are_left_alone(book: RuleBook, app: App) -> None:
    app.add(("their own", "somebody"), "untagged")
    book.follow([stream(A, "rain")])
    book.follow([])
    assert set(held(app)) == {"their own", "untagged"}


def test_a_post_of_a_rule_whose_id_is_not_known_yet_goes_by_its_tag(
    book: RuleBook, app: App
) -> None:
    book.follow([stream(A, "rain")])
    [tag] = held(app).values()
    assert fed(book, app, "no such rule", tag=tag) == {A}
    assert fed(book, app, "no such rule", tag=B) == set()


def test_after_an_edit_posts_of_the_old_rule_arrive_for_a_moment_and_then_feed_nobody(
    book: RuleBook, app: App, clock: Clock
) -> None:
    book.follow([stream(A, "rain")])
    old = [(rule["id"], A) for rule in app.rules()]
    book.follow([stream(A, "snow", generation=2)])
    clock.now += LAST_POSTS / 2
    assert [route.stream_id for route in book.feeds(old)] == [A]
    clock.now += LAST_POSTS
    assert book.feeds(old) == ()
    assert fed(book, app, "snow") == {A}


def test_what_was_on_its_way_to_a_stopped_stream_still_arrives_also_if_x_is_not_there(
    book: RuleBook, app: App, clock: Clock, double: Double
) -> None:
    book.follow([stream(A, "rain"), stream(B, "snow")])
    rain, snow = ([(rule["id"], "")] for rule in app.rules())
    book.follow([stream(B, "snow")])
    clock.now += LAST_POSTS * 0.8
    book._client = XClient("http://127.0.0.1:9", app.bearer)
    with pytest.raises(requests.RequestException):
        book.follow([])
    clock.now += LAST_POSTS * 0.8
    assert (book.feeds(rain), [route.stream_id for route in book.feeds(snow)]) == ((), [B])
    clock.now += LAST_POSTS
    assert book.feeds(snow) == ()


def test_a_stream_that_starts_again_at_once_gets_each_post_for_good(
    book: RuleBook, app: App, clock: Clock
) -> None:
    book.follow([stream(A, "rain")])
    book.follow([])
    book.follow([stream(A, "rain")])
    clock.now += LAST_POSTS * 2
    assert fed(book, app, "rain") == {A}


def test_a_stream_that_x_cannot_express_fails_alone(book: RuleBook, app: App) -> None:
    huge = Filter(place=Place("half the world", Box(-170, -80, 10, 80)))
    broken = Stream(B, 1, "s", "x", huge, Wanted.RUNNING, 1, False, 0, 0)
    followed = book.follow([stream(A, "rain"), broken])
    assert followed[A].fault is None
    assert followed[B].fault is not None
    assert followed[B].fault.code == "too_large"
    assert set(held(app)) == {"rain lang:en"}


def test_more_rules_than_x_takes_are_refused_to_the_last_stream_only(
    book: RuleBook, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.sources.x.rule_book.MAX_RULES", 1)
    followed = book.follow([stream(A, "rain"), stream(B, "snow")])
    assert followed[A].fault is None
    assert followed[B].fault is not None
    assert followed[B].fault.code == "too_many_rules"
    assert set(held(app)) == {"rain lang:en"}


class Stubborn(XClient):
    """X as some people saw it: a delete of rules answers 2xx and leaves the first rule."""

    def delete_rules(self, ids: list[str], **options: object) -> requests.Response:
        if ids[1:]:
            super().delete_rules(ids[1:], **options)
        answer = requests.Response()
        answer.status_code = 200
        answer.raw = BytesIO(b'{"errors":[{"title":"Not deleted","detail":"Try later."}]}')
        return answer


def test_a_rule_that_x_did_not_delete_is_named_and_deleted_by_the_next_try(
    app: App, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    book = RuleBook(Stubborn(app.double.base, app.bearer), clock)
    book.follow([stream(A, "rain"), stream(B, "snow")])
    book.follow([])
    assert book.undeleted == ("rain lang:en",)
    assert set(held(app)) == {"rain lang:en"}
    assert "X did not delete 1 of 2 rules" in caplog.text
    honest = RuleBook(XClient(app.double.base, app.bearer), clock)
    honest.follow([])
    assert (honest.undeleted, held(app)) == ((), {})


class Watched(XClient):
    """Calls `meanwhile` while X's rules are read."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def get_rules(self, **options: object) -> object:
        self.meanwhile()
        return super().get_rules(**options)


def test_posts_are_routed_while_the_rules_are_read_again(app: App, clock: Clock) -> None:
    client = Watched(app.double.base, app.bearer)
    book = RuleBook(client, clock)
    book.follow([stream(A, "rain")])
    ids = [(rule["id"], "") for rule in app.rules()]
    found: list[set[str]] = []
    client.meanwhile = lambda: found.append({route.stream_id for route in book.feeds(ids)})
    book.forget()
    book.follow([stream(A, "rain")])
    assert found == [{A}]
