"""Weir's search for the posts of a gap, against the double of X: pages, limits, refusals."""

import time
from typing import Any

import pytest

from streams.filter import Filter
from streams.settings import Settings
from tests.simulator.double import App, Double
from workers.sources.gap_search import (
    FoundPage,
    GapQuery,
    SearchDelayedError,
    SearchImpossibleError,
    SearchWindow,
)
from workers.sources.x.gap_search import XGapSearch
from workers.sources.x.payload import Delivery, read_line

SEARCH = "/2/tweets/search/recent"


def gap_search(app: App) -> XGapSearch:
    options = {"x_api_key": app.key, "x_api_secret": app.secret, "x_api_base": app.double.base}
    return XGapSearch(Settings(_env_file=None, **options))  # type: ignore[call-arg, arg-type]


def page(search: XGapSearch, query: str, **more: Any) -> FoundPage:
    now = int(time.time() * 1000)
    window = more.pop("window", SearchWindow(now - 3_600_000, now + 1_000))
    keys: dict[str, Any] = {"before_id": None, "next_token": None, **more}
    return search.page(GapQuery(query), window, 10, **keys)


def ids(found: FoundPage) -> list[str]:
    return [each.post.id for each in found.posts]


def quote(number: int) -> dict[str, Any]:
    """A post of author `number` that quotes another."""
    data = {
        "text": f"otter number {number}",
        "id": str(2_000 + number),
        "author_id": str(number),
        "referenced_tweets": [{"type": "quoted", "id": str(100 + number)}],
    }
    users = [{"id": str(n), "name": f"User {n}", "username": f"user{n}"} for n in (number, 99)]
    quoted = {"id": str(100 + number), "text": "original", "author_id": "99"}
    return {"data": data, "includes": {"users": users, "tweets": [quoted]}}


@pytest.fixture(params=["before", "today"])
def names(request: pytest.FixtureRequest, double: Double) -> str:
    double.set(search_names=request.param)
    chosen: str = request.param
    return chosen


def test_pages_end_where_there_is_no_more_and_can_be_taken_up_by_id(
    app: App, double: Double, names: str
) -> None:
    double.post(*map(quote, range(25)))
    search = gap_search(app)
    first = page(search, "otter")
    second = page(search, "otter", next_token=first.next_token)
    again = page(search, "otter", before_id=first.oldest_id)
    third = page(search, "otter", next_token=second.next_token)
    assert ids(first) + ids(second) + ids(third) == [str(2_000 + n) for n in range(24, -1, -1)]
    assert (ids(again), third.next_token) == (ids(second), None)
    assert first.oldest_id == ids(first)[-1]


def test_a_line_holds_one_post_as_the_stream_sends_it_with_what_it_refers_to(
    app: App, double: Double, names: str
) -> None:
    double.post(quote(1), quote(2))
    found = page(gap_search(app), "otter").posts[0]
    line = read_line(found.raw, 5)
    assert isinstance(line, Delivery)
    assert (line.post.id, line.post.text, line.post.kind) == ("2002", "otter number 2", "quote")
    assert line.post.author
    assert (line.post.author.handle, "original" in line.more) == ("user2", True)
    assert b"otter number 1" not in found.raw
    assert b'"user1"' not in found.raw


def test_times_bound_a_search_to_the_second(app: App, double: Double) -> None:
    made = ("03:00:00", "03:00:01", "03:00:02", "03:00:03")
    for number, at in enumerate(made):
        created = f"2026-11-22T{at}.000Z"
        double.post({"text": "otter", "id": str(3_000 + number), "created_at": created})
    begin = 1_795_316_400_000
    window = SearchWindow(begin + 1_900, begin + 2_100)
    assert ids(page(gap_search(app), "otter", window=window)) == ["3002", "3001"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "unauthorized"), (402, "credits_depleted"), (403, "forbidden"), (404, "not_found")],
)
def test_a_refusal_ends_the_search(app: App, double: Double, status: int, code: str) -> None:
    double.fault("http_503", status=status, path=SEARCH)
    search = gap_search(app)
    with pytest.raises(SearchImpossibleError) as refused:
        page(search, "otter")
    assert refused.value.code == code
    assert ids(page(search, "otter")) == []  # asked anew, X may answer


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("credits_depleted", "credits_depleted"),
        ("spend_cap", "spend_cap"),
        ("usage_cap", "usage_cap"),
    ],
)
def test_spent_credits_are_told_apart(app: App, double: Double, fault: str, code: str) -> None:
    double.fault(fault, cut=False)
    with pytest.raises(SearchImpossibleError) as refused:
        page(gap_search(app), "otter")
    assert refused.value.code == code


def test_a_server_that_fails_is_asked_again_later_and_later(app: App, double: Double) -> None:
    double.fault("http_503", count=3, path=SEARCH)
    search, seconds = gap_search(app), []
    for _ in range(3):
        with pytest.raises(SearchDelayedError) as delayed:
            page(search, "otter")
        seconds.append(delayed.value.seconds)
    assert seconds == [5, 10, 20]
    assert ids(page(search, "otter")) == []


def test_limits_are_kept_to_with_requests_left_for_trials(app: App, double: Double) -> None:
    limits = double.control("GET", "settings")["limits"]
    double.set(limits=limits | {"search": 52}, window=600)
    search = gap_search(app)
    assert page(search, "otter").wait_seconds == 0  # 51 are left
    assert 0 < page(search, "otter").wait_seconds <= 602
    double.set(limits=limits | {"search": 1})
    with pytest.raises(SearchDelayedError) as delayed:
        page(search, "otter")
    assert 1 <= delayed.value.seconds <= 602


def test_a_query_that_x_does_not_take_is_named(app: App) -> None:
    search = gap_search(app)
    with pytest.raises(SearchImpossibleError) as refused:
        page(search, "sample:10 otter")
    assert refused.value.code == "no_query"
    languages = tuple(
        "ar bg cs da de el en es et fa fi fr he hi hu id it ja ko lt lv nl no pl".split()
    )
    with pytest.raises(SearchImpossibleError) as refused:
        search.queries(Filter("x" * 256, languages=languages))
    assert refused.value.code == "no_query"


@pytest.mark.parametrize(
    ("filter_", "absent"),
    [
        (Filter("otter"), ("reposts", "deleted_since")),
        (Filter("from:demo"), ("deleted_since",)),
        (Filter("from:demo", ("otter",)), ("reposts", "deleted_since")),
        (Filter("", ("geo: -0.1 51.4 0.1 51.6",)), ("deleted_since",)),
    ],
)
def test_what_search_never_brings_is_named_by_filter(
    app: App, filter_: Filter, absent: tuple[str, ...]
) -> None:
    assert gap_search(app).absent(filter_) == absent
