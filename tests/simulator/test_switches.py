"""What the simulator does only when it is asked to: names of today, slips of X, rare fields."""

import time
from collections import Counter
from typing import Any

import gevent
import pytest
import requests

from simulator.faults import Faults
from simulator.generator import Generator
from simulator.posts import snowflakes
from simulator.settings import SimulatorSettings
from simulator.turns import in_turns
from simulator.users import UserDirectory
from simulator.writer import TextWriter
from tests.simulator.double import App, Double

SEARCH = "/2/tweets/search/recent"
RULES = "/2/tweets/search/stream/rules"


def search(app: App, **query: str) -> requests.Response:
    params = {name.replace("_fields", ".fields"): value for name, value in query.items()}
    return app.call("GET", SEARCH, params={"query": "zebra", **params})


def test_search_takes_and_gives_the_names_that_are_set(app: App, double: Double) -> None:
    original = {"id": "1", "text": "a zebra", "author_id": "7"}
    quote = {
        "id": "2",
        "text": "see this zebra",
        "referenced_tweets": [{"type": "quoted", "id": "1"}],
        "note_tweet": {"text": "see this zebra at length"},
    }
    double.post({"data": quote, "includes": {"tweets": [original]}})
    older = {"tweet_fields": "referenced_tweets,note_tweet", "expansions": "referenced_tweets.id"}
    today = {"post_fields": "referenced_posts,note_post", "expansions": "referenced_posts"}
    assert search(app, **older).json()["data"][0]["referenced_tweets"]
    assert search(app, **today).status_code == 400
    double.set(search_names="today")
    answer = search(app, **today).json()
    assert answer["data"][0]["referenced_posts"] == [{"type": "quoted", "id": "1"}]
    assert answer["data"][0]["note_post"] == {"text": "see this zebra at length"}
    assert [post["id"] for post in answer["includes"]["posts"]] == ["1"]
    assert search(app, **older).status_code == 400
    refused = search(app, expansions="referenced_tweets.id")
    assert refused.status_code == 400
    assert "invalid value" in refused.text


@pytest.mark.parametrize(
    ("claims", "summary"),
    [(False, {"deleted": 1, "not_deleted": 1}), (True, {"deleted": 2, "not_deleted": 0})],
)
def test_a_rule_that_is_not_deleted_stays_and_matches(
    app: App, double: Double, claims: bool, summary: dict[str, int]
) -> None:
    app.add("zebra", "gnu")
    ids = [rule["id"] for rule in app.rules()]
    double.fault("undeleted_rules", count=1, all=claims)
    answer = app.call("POST", RULES, json={"delete": {"ids": ids}}).json()
    assert answer["meta"]["summary"] == summary
    assert ("errors" in answer) is not claims
    assert [rule["value"] for rule in app.rules()] == ["zebra"]
    with app.stream() as stream:
        double.post({"text": "a zebra"}, {"text": "a gnu"})
        assert [post["data"]["text"] for post in stream.wait(1)] == ["a zebra"]
    assert app.call("POST", RULES, json={"delete": {"ids": ids[:1]}}).json()["meta"]["summary"] == {
        "deleted": 1,
        "not_deleted": 0,
    }
    assert app.rules() == []


def test_a_deleted_post_goes_with_all_its_versions(app: App, double: Double) -> None:
    double.fault("edit_chain")
    double.post({"text": "zebra", "id": "11"}, {"text": "zebra again", "id": "20"})
    assert len(search(app).json()["data"]) == 3
    double.control("POST", "compliance", json={"tweets": {"11": "deleted"}})
    assert [post["id"] for post in search(app).json()["data"]] == ["20"]


def test_an_edit_is_a_post_of_its_own_with_the_history_of_all_versions(
    app: App, double: Double
) -> None:
    app.add("zebra")
    with app.stream(tweet_fields="edit_controls") as stream:
        double.post({"text": "a zebra", "id": "11"})
        made = [
            double.control("POST", "edits", json={"id": "11", "text": f"zebra {n}"})["id"]
            for n in range(5)
        ]
        posts = [line["data"] for line in stream.wait(6)]
    assert [post["id"] for post in posts] == ["11", *made]
    assert posts[-1]["edit_history_tweet_ids"] == ["11", *made]
    assert [post["edit_controls"]["edits_remaining"] for post in posts[1:]] == [4, 3, 2, 1, 0]


def fields(name: str, **settings: Any) -> Counter[str]:
    writer = TextWriter(UserDirectory(1), snowflakes(), 1, SimulatorSettings(**settings))
    return Counter(repr(writer.write(0.0).data.get(name)) for _ in range(400))


def test_rare_fields_come_as_often_as_they_are_set() -> None:
    assert set(fields("source")) == set(fields("withheld")) == {"None"}
    assert len(fields("source", devices=True)) == 4
    assert fields("withheld", withheld_share=1.0).keys() == {
        "{'copyright': False, 'country_codes': ['DE', 'FR']}"
    }
    assert 100 < fields("paid_partnership", paid_share=0.5)["True"] < 300


def test_what_is_added_leaves_the_texts_as_they_are() -> None:
    assert fields("text") == fields("text", devices=True, paid_share=0.5)


def test_long_work_gives_way_to_everything_else() -> None:
    turns = 0

    def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            gevent.sleep(0)

    waiting = gevent.spawn(others)
    for _ in in_turns(range(20), seconds=0.0):
        pass
    waiting.kill()
    assert turns >= 20


def test_posts_that_cannot_be_made_in_time_are_shed_and_requests_go_first() -> None:
    generator = Generator(UserDirectory(1), snowflakes(), Faults(), 1, SimulatorSettings())
    answered = 0

    def slowly() -> None:
        for _ in generator.posts(lambda: False):
            time.sleep(0.006)  # more than a turn: publishing to many rules

    def requests_come() -> None:
        nonlocal answered
        while answered < 40:
            gevent.sleep(0)
            answered += 1
        generator.rate = 0

    generator.rate = 100_000
    working, asking = gevent.spawn(slowly), gevent.spawn(requests_come)
    asking.join(timeout=20)
    working.kill()
    assert answered == 40
    assert generator.written < 100
    generator.rate = 100_000
    posts = generator.posts(lambda: False)
    next(posts)
    time.sleep(0.7)
    for _ in range(60_000):
        if generator.shed:
            break
        next(posts)
    assert generator.shed > 0
