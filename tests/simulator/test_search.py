"""Recent search over the posts that the stream has delivered."""

import pytest
import requests

from tests.simulator.double import App, Double

PATH = "/2/tweets/search/recent"


@pytest.fixture
def filled(double: Double) -> Double:
    double.post(*({"text": f"zebra number {n}", "id": str(1_000 + n)} for n in range(25)))
    return double


def search(app: App, **query: str) -> requests.Response:
    return app.call(
        "GET", PATH, params={n.replace("_fields", ".fields"): v for n, v in query.items()}
    )


def test_the_newest_come_first_page_by_page(app: App, filled: Double) -> None:
    ids, token = [], None
    while True:
        query = {"query": "zebra", "max_results": "10"} | ({"next_token": token} if token else {})
        answer = search(app, **query).json()
        page = [post["id"] for post in answer["data"]]
        assert answer["meta"]["newest_id"] == page[0]
        assert answer["meta"]["oldest_id"] == page[-1]
        assert answer["meta"]["result_count"] == len(page)
        ids += page
        token = answer["meta"].get("next_token")
        if token is None:
            break
    assert ids == [str(1_000 + n) for n in reversed(range(25))]


def test_a_gap_is_filled_between_two_ids(app: App, filled: Double) -> None:
    answer = search(app, query="zebra", since_id="1005", until_id="1010").json()
    assert [post["id"] for post in answer["data"]] == ["1009", "1008", "1007", "1006"]


def test_nothing_found_has_no_data(app: App, filled: Double) -> None:
    answer = search(app, query="unicorn").json()
    assert answer == {"meta": {"result_count": 0}}


def test_times_bound_a_search(app: App, double: Double) -> None:
    for n, hour in enumerate(("03", "04", "05")):
        double.post({"text": "zebra", "id": str(n), "created_at": f"2026-11-22T{hour}:00:00.000Z"})
    found = search(
        app, query="zebra", start_time="2026-11-22T03:30:00Z", end_time="2026-11-22T05:00:00Z"
    ).json()["data"]
    assert [post["id"] for post in found] == ["1"]


def test_fields_work_as_in_the_stream(app: App, double: Double) -> None:
    double.post(
        {
            "data": {"text": "zebra", "author_id": "42", "lang": "en"},
            "includes": {"users": [{"id": "42", "name": "Demo", "username": "demo"}]},
        }
    )
    plain = search(app, query="zebra").json()["data"][0]
    assert set(plain) == {"id", "text", "edit_history_tweet_ids"}
    rich = search(app, query="zebra", tweet_fields="lang", expansions="author_id").json()
    assert rich["data"][0]["lang"] == "en"
    assert rich["includes"]["users"][0]["username"] == "demo"


def test_retweets_are_left_out_of_keyword_queries_only(app: App, double: Double) -> None:
    double.post(
        {
            "data": {
                "text": "RT @x: zebra",
                "author_id": "42",
                "referenced_tweets": [{"type": "retweeted", "id": "7"}],
            },
            "includes": {
                "tweets": [{"id": "7", "text": "zebra"}],
                "users": [{"id": "42", "name": "Demo", "username": "demo"}],
            },
        }
    )
    assert search(app, query="zebra").json()["meta"]["result_count"] == 0
    assert search(app, query="from:demo").json()["meta"]["result_count"] == 1


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"query": " "},
        {"query": "x" * 513},
        {"query": "foo:bar"},
        {"query": "lang:en"},
        {"query": "a sample:5"},
        {"query": "bio:cats"},
        {"query": "a", "max_results": "9"},
        {"query": "a", "max_results": "101"},
        {"query": "a", "max_results": "x"},
        {"query": "a", "since_id": "x"},
        {"query": "a", "next_token": "?"},
        {"query": "a", "tweet_fields": "nonsense"},
    ],
)
def test_a_bad_query_gets_400(app: App, filled: Double, query: dict[str, str]) -> None:
    answer = search(app, **query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"]


def test_the_corpus_keeps_the_newest_posts_only(app: App, double: Double) -> None:
    double.set(corpus=10)
    double.post(*({"text": "zebra", "id": str(n)} for n in range(30)))
    found = search(app, query="zebra", max_results="100").json()["data"]
    assert [post["id"] for post in found] == [str(n) for n in reversed(range(20, 30))]


def test_a_read_post_is_billed(app: App, filled: Double) -> None:
    search(app, query="zebra", max_results="10")
    search(app, query="zebra", max_results="10")
    assert app.call("GET", "/2/usage/tweets").json()["data"]["project_usage"] == "10"
