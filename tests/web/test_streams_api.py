"""Streams over REST."""

import time
from typing import Any

import pytest

from streams.live.models import ModelInUse, announce
from streams.store import Store
from tests.web.person import Person
from tests.web.site import Site, post


def test_a_stream_is_made_shown_and_listed(person: Person) -> None:
    wanted = {
        "word": "tea",
        "keywords": ["green tea"],
        "languages": ["en", "de"],
        "place": "Madrid",
    }
    made = person.call("POST", "/streams", json={"name": " My  tea ", "filter": wanted})
    assert made.status_code == 201
    body = made.json()
    assert body["name"] == "My tea"
    assert body["filter"]["place"]["name"].startswith("Madrid")
    assert (body["wanted"], body["status"]["state"]) == ("stopped", "stopped")
    assert body["simulated"] is True  # the site's X is a simulator's address
    assert person.call("GET", f"/streams/{body['id']}").json() == body
    assert person.call("GET", "/streams").json() == {"items": [body], "total": 1, "next": None}


def test_a_stream_without_a_name_is_named_after_its_filter(person: Person) -> None:
    filters = {"filter": {"word": "tea", "place": {"box": [170, -10, -170, 10], "name": "Pacific"}}}
    body = person.call("POST", "/streams", json=filters).json()
    assert body["name"] == "tea in Pacific"
    assert body["filter"]["place"]["box"] == [170, -10, -170, 10]


def test_a_stream_names_its_platform_and_asks_only_for_what_that_has(person: Person) -> None:
    toots = person.call("POST", "/streams", json={"source": "mastodon", "filter": {"word": "tea"}})
    assert toots.json()["source"] == "mastodon"
    assert person.call("POST", "/streams", json={"filter": {"word": "tea"}}).json()["source"] == "x"
    for source, filter_, field, code in (
        ("replay", {"word": "tea"}, "source", "unknown_source"),
        ("nowhere", {"word": "tea"}, "source", "unknown_source"),
        ("mastodon", {"word": "tea", "place": "Madrid"}, "filter.place", "no_places"),
        ("mastodon", {"keywords": ["geo: 1 1 2 2"]}, "filter.keywords", "no_places"),
    ):
        refused = person.call("POST", "/streams", json={"source": source, "filter": filter_})
        error = refused.json()["error"]
        assert (refused.status_code, error["field"], error["code"]) == (422, field, code)
    path = f"/streams/{toots.json()['id']}"
    refused = person.call("PATCH", path, json={"filter": {"place": "Madrid"}})
    assert refused.json()["error"]["code"] == "no_places"


def test_start_and_stop_are_written_down_and_sent_to_the_workers(
    site: Site, person: Person
) -> None:
    stream = person.stream()
    site.tasks()
    for _ in range(2):
        started = person.call("POST", f"/streams/{stream}/start")
        assert started.status_code == 202
        assert started.json()["status"]["state"] == "starting"
    assert site.tasks() == [("weir.start_stream", [stream])] * 2
    for _ in range(2):
        stopped = person.call("POST", f"/streams/{stream}/stop")
        assert stopped.status_code == 202
        assert stopped.json()["wanted"] == "stopped"
    assert site.tasks() == [("weir.stop_stream", [stream])] * 2


def test_an_edit_changes_only_what_it_names_and_restarts_what_runs(
    site: Site, person: Person
) -> None:
    stream = person.stream(word="tea", place="Madrid")
    site.tasks()
    edited = person.call("PATCH", f"/streams/{stream}", json={"filter": {"word": "coffee"}}).json()
    assert edited["filter"]["word"] == "coffee"
    assert edited["filter"]["place"]["name"].startswith("Madrid")
    assert edited["generation"] == 2
    assert site.tasks() == []
    person.call("POST", f"/streams/{stream}/start")
    person.call("PATCH", f"/streams/{stream}", json={"filter": {"place": None}, "name": "All"})
    assert site.tasks() == [("weir.start_stream", [stream])] * 2
    person.call("PATCH", f"/streams/{stream}", json={"name": "Renamed"})
    assert site.tasks() == []


def test_every_edit_is_on_record(person: Person) -> None:
    stream = person.stream(word="tea")
    person.call("PATCH", f"/streams/{stream}", json={"name": "Renamed"})
    person.call("POST", f"/streams/{stream}/start")
    edits = person.call("GET", f"/streams/{stream}/edits").json()
    assert edits["total"] == 3
    assert edits["items"][1]["before"] == {"name": "tea"}
    assert edits["items"][1]["after"] == {"name": "Renamed"}
    last = person.call("GET", f"/streams/{stream}/edits?limit=1&offset=2").json()
    assert last["items"] == edits["items"][2:]
    assert last["next"] is None


def test_boxes_among_the_keywords_are_kept_and_their_edits_are_on_record(person: Person) -> None:
    stream = person.stream(keywords=["rain", "geo:-3.9,40.3,-3.5,40.6"], any_order=True)
    shown = person.call("GET", f"/streams/{stream}").json()["filter"]
    assert shown["keywords"] == ["rain", "geo: -3.9 40.3 -3.5 40.6"]
    assert shown["any_order"] is True
    change = {"filter": {"keywords": ["rain", "geo: 2.1 41.3 2.2 41.4"]}}
    assert person.call("PATCH", f"/streams/{stream}", json=change).json()["filter"]["any_order"]
    edit = person.call("GET", f"/streams/{stream}/edits").json()["items"][-1]
    assert edit["added"] == ["geo: 2.1 41.3 2.2 41.4"]
    assert edit["removed"] == ["geo: -3.9 40.3 -3.5 40.6"]


def test_a_deleted_stream_is_gone_from_the_list_and_stays_readable(
    site: Site, person: Person
) -> None:
    stream = person.stream(running=True)
    site.tasks()
    assert person.call("DELETE", f"/streams/{stream}").status_code == 204
    assert site.tasks() == [("weir.stop_stream", [stream])]
    assert person.call("DELETE", f"/streams/{stream}").status_code == 204
    assert person.call("GET", "/streams").json()["items"] == []
    assert person.call("GET", "/streams?archived=true").json()["items"][0]["id"] == stream
    assert person.call("GET", f"/streams/{stream}").json()["status"]["state"] == "archived"
    for call in (("POST", "/start", None), ("POST", "/stop", None), ("PATCH", "", {"name": "x"})):
        refused = person.call(call[0], f"/streams/{stream}{call[1]}", json=call[2])
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "archived")


def test_lists_come_in_pages(person: Person) -> None:
    made = [person.stream(word=f"word {number}") for number in range(3)]
    first = person.call("GET", "/streams?limit=2").json()
    rest = person.call("GET", f"/streams?limit=2&offset={first['next']}").json()
    assert (first["total"], rest["next"]) == (3, None)
    assert {each["id"] for each in first["items"] + rest["items"]} == set(made)


def test_totals_count_every_post(site: Site, person: Person) -> None:
    stream = person.stream(running=True)
    site.push(post(1), post(2, label="negative"), post(3), post(4, label="unknown"), to=stream)
    shown = person.call("GET", f"/streams/{stream}").json()["totals"]
    assert shown == {
        "posts": 4,
        "negative": 1,
        "neutral": 0,
        "positive": 2,
        "unknown": 0,
        "not_labelled": 1,
        "left_out": 0,
        "accurate": 0,
        "free": 0,
    }


def test_minutes_are_asked_for_by_time(person: Person) -> None:
    stream = person.stream()
    assert person.call("GET", f"/streams/{stream}/minutes").json() == {"items": []}
    for bad in (
        "since=5&until=4",
        "since=0",
        "since=-1",
        "since=now",
        "until=99999999999999999999",
    ):
        refused = person.call("GET", f"/streams/{stream}/minutes?{bad}")
        assert refused.status_code == 422, bad


def test_somebody_elses_stream_is_as_unknown_as_none(site: Site, person: Person) -> None:
    theirs = Person(site).stream(running=True)
    site.tasks()
    for stream in (theirs, "0" * 16, "no-such", "%00", "%27%20OR%201=1", "x" * 300):
        calls: list[tuple[str, str, Any]] = [
            ("GET", "", None),
            ("PATCH", "", {"name": "mine"}),
            ("DELETE", "", None),
            ("POST", "/start", None),
            ("POST", "/stop", None),
            ("GET", "/edits", None),
            ("GET", "/minutes", None),
        ]
        for method, path, body in calls:
            refused = person.call(method, f"/streams/{stream}{path}", json=body)
            assert refused.status_code == 404
            assert refused.json()["error"]["code"] == "no_such_stream"
    assert site.tasks() == []


BAD_FILTERS: list[tuple[Any, str, str]] = [
    ({}, "filter.word", "empty_filter"),
    ({"word": "", "place": ""}, "filter.word", "empty_filter"),
    ({"word": "   "}, "filter.word", "empty_filter"),
    ({"word": "x" * 5000}, "filter.word", "too_long"),
    ({"word": "x" * 20_000}, "filter.word", "invalid"),
    ({"word": "a\x00b"}, "filter.word", "control_character"),
    ({"word": "a\x1b[31mb"}, "filter.word", "control_character"),
    ({"word": "(.*)+"}, "filter.word", "not_searchable"),
    ({"word": 'say "hi"'}, "filter.word", "quote"),
    ({"word": 5}, "filter.word", "invalid"),
    ({"word": None}, "filter.word", "invalid"),
    ({"keywords": ["a"] * 101}, "filter.keywords", "too_many"),
    ({"keywords": ["ok", 5]}, "filter.keywords[1]", "invalid"),
    ({"keywords": ["geo: 1 2 3"]}, "filter.keywords", "bad_box"),
    ({"keywords": ["rain", "geo:181,2,3,4"]}, "filter.keywords", "bad_box"),
    ({"word": "rain", "any_order": "yes"}, "filter.any_order", "invalid"),
    ({"languages": ["klingon"], "word": "a"}, "filter.languages", "unknown_language"),
    ({"place": "Nowhereburgh on Nothing"}, "filter.place", "unknown_place"),
    ({"place": "x" * 5000}, "filter.place", "unknown_place"),
    ({"place": {"box": [0, 10, 0, -10]}}, "filter.place", "bad_box"),
    ({"place": {"box": [0, 0, 0]}}, "filter.place.box", "invalid"),
    ({"place": {"box": [0, 0, 900, 0]}}, "filter.place", "bad_box"),
    ({"place": {"box": [-10, 30, 20, 60]}}, "filter.place", "too_large"),
    ({"keywords": ["geo: -10 30 20 60"]}, "filter.keywords", "too_large"),
    ({"keywords": ["geo: 0 40 8 48"]}, "filter.keywords", "too_many"),
    ({"wrod": "rain"}, "filter.wrod", "invalid"),
    ([], "filter", "invalid"),
]


@pytest.mark.parametrize(("wanted", "field", "code"), BAD_FILTERS)
def test_a_filter_that_cannot_be_used_is_refused_with_its_field(
    site: Site, person: Person, wanted: Any, field: str, code: str
) -> None:
    refused = person.call("POST", "/streams", json={"filter": wanted})
    assert refused.status_code == 422
    error = refused.json()["error"]
    assert (error["field"], error["code"]) == (field, code)
    assert error["message"]
    assert person.call("GET", "/streams").json()["total"] == 0


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("coffee -tea", "cannot exclude words"),
        ("to:nasa", "no operators such as to:"),
        ("cats from:nasa", "a keyword of its own"),
        ("cats is:retweet", "no operators such as is:"),
        ("cats OR dogs", "a keyword of its own"),
    ],
)
def test_what_reads_like_an_operator_of_x_comes_with_a_warning(
    person: Person, word: str, told: str
) -> None:
    [warning] = person.call("POST", "/streams", json={"filter": {"word": word}}).json()["warnings"]
    assert told in warning
    [tried] = person.call("POST", "/try", json={"word": word}).json()["warnings"]
    assert tried == warning


@pytest.mark.parametrize(
    "word", ["coffee-tea", "re: cats", "https://example.org", "to be", "either or"]
)
def test_plain_text_comes_without_a_warning(person: Person, word: str) -> None:
    made = person.call("POST", "/streams", json={"filter": {"word": "tea", "keywords": [word]}})
    assert made.json()["warnings"] == []


def test_a_filter_that_x_takes_only_in_a_wider_form_comes_with_a_warning(person: Person) -> None:
    wanted = {"word": "rain", "place": "Bavaria"}
    made = person.call("POST", "/streams", json={"filter": wanted}).json()
    assert "all of DE" in made["warnings"][0]


def test_an_edit_that_x_cannot_take_is_refused_too(person: Person) -> None:
    stream = person.stream(word="rain")
    wanted = {"word": "", "place": {"box": [-10, 30, 20, 60]}}
    refused = person.call("PATCH", f"/streams/{stream}", json={"filter": wanted})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "too_large")
    assert person.call("GET", f"/streams/{stream}").json()["filter"]["word"] == "rain"


def test_an_unknown_place_comes_with_near_names(person: Person) -> None:
    refused = person.call("POST", "/streams", json={"filter": {"place": "Madridd"}})
    assert any("Madrid" in name for name in refused.json()["error"]["near"])


@pytest.mark.parametrize("word", ["(a+)+$", "[z-a] tea", "tea|*", "\\d tea", "caf\u00e9", "😀"])
def test_regex_metacharacters_are_just_text(person: Person, word: str) -> None:
    stream = person.stream(word=word)
    assert person.call("GET", f"/streams/{stream}").json()["filter"]["word"] == word


def test_a_status_says_why_a_stream_does_not_run(site: Site, person: Person) -> None:
    stream = person.stream(running=True)
    site.started_long_ago(stream)
    fault = person.call("GET", f"/streams/{stream}").json()["status"]["fault"]
    assert fault["code"] == "no_collector"
    assert fault["message"]


def test_a_stream_may_be_left_to_any_machine_and_tied_to_one_that_is_known(person: Person) -> None:
    body = {"filter": {"word": "tea"}, "plan": {"machine": "any"}}
    made = person.call("POST", "/streams", json=body).json()
    assert (made["plan"]["machine"], made["placed_on"]) == ("any", None)
    path = f"/streams/{made['id']}"
    for name in ("default", "nowhere"):
        answer = person.call("PATCH", path, json={"plan": {"machine": name}})
        assert answer.json()["error"]["code"] == "unknown_machine"
    freed = person.call("PATCH", path, json={"plan": {"machine": None}}).json()
    assert (freed["plan"]["machine"], freed["placed_on"]) == (None, None)


def test_a_stream_chooses_among_the_taggers_that_there_are(site: Site, person: Person) -> None:
    for name, labels in (("sentiment", ["negative", "positive"]), ("topic", ["sport", "weather"])):
        announce(site.redis, ModelInUse(f"1.{name}", 1, {}, name, labels))
    listed = person.call("GET", "/taggers").json()["items"]
    assert [(each["tagger"], each["labels"]) for each in listed][:1] == [
        ("sentiment", ["negative", "positive"])
    ]
    assert ("topic", ["sport", "weather"]) in [(each["tagger"], each["labels"]) for each in listed]
    stream = person.stream()
    changed = person.call("PATCH", f"/streams/{stream}", json={"plan": {"taggers": ["topic"]}})
    assert changed.json()["plan"]["taggers"] == ["topic"]
    refused = person.call("PATCH", f"/streams/{stream}", json={"plan": {"taggers": ["nothing"]}})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unknown_tagger")
    assert "topic" in refused.json()["error"]["message"]
    with_sentiment = {"plan": {"taggers": ["sentiment"]}}
    always = person.call("PATCH", f"/streams/{stream}", json=with_sentiment)
    assert always.json()["plan"]["taggers"] == []


def test_gaps_are_filled_where_the_platform_has_a_search_and_the_owner_wants_it(
    site: Site, person: Person
) -> None:
    stream_id = person.stream()
    path = f"/streams/{stream_id}"
    asked = {"can": True, "on": False, "rate": 0.0, "posts_per_hour": 0, "usd_per_hour": 0.0}
    asked |= {"waiting_ms": 0, "waiting_posts": 0, "waiting_usd": 0.0}
    assert person.call("GET", f"{path}/backfill").json() == asked
    person.call("PATCH", path, json={"plan": {"backfill": True}})
    assert person.call("GET", f"{path}/backfill").json() == asked | {"on": True}
    store = Store.open(f"sqlite:///{site.folder / 'data' / 'weir.db'}")
    store.gaps.add(stream_id, 1_000, 2_000, "disconnected")
    now = int(time.time() * 1000)
    store.gaps.add(stream_id, now - 90_000, now - 60_000, "disconnected")
    assert person.call("GET", f"{path}/backfill").json()["waiting_ms"] == 30_000
    store.gaps.open(stream_id, now, "disconnected")
    gap = store.gaps.unfilled([stream_id], 9_000)[0]
    store.gaps.record_filling(gap.id, "partly", 9_000, posts=7, missing=["budget_spent"])
    first, _, last = person.call("GET", f"{path}/gaps?since=0").json()["items"]
    assert [first, last] == [
        {
            "from": 1_000,
            "to": 2_000,
            "reason": "disconnected",
            "state": "partly",
            "missing": ["budget_spent"],
            "posts": 7,
            "source": None,
        },
        {
            "from": now,
            "to": None,
            "reason": "disconnected",
            "state": "open",
            "missing": [],
            "posts": 0,
            "source": None,
        },
    ]


def test_gaps_are_not_searched_for_where_a_platform_catches_up_by_itself(person: Person) -> None:
    for source, words in (("bluesky", "Bluesky after a break"), ("mastodon", "Mastodon after")):
        body = {"filter": {"word": "rain"}, "source": source, "plan": {"backfill": True}}
        answer = person.call("POST", "/streams", json=body)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, "no_backfill")
        assert error["field"] == "plan.backfill"
        assert words in error["message"]


def test_a_stream_may_follow_several_sources_and_says_to_which_a_place_applies(
    person: Person,
) -> None:
    body = {"sources": ["bluesky", "x", "x"], "filter": {"word": "rain", "place": "Madrid"}}
    made = person.call("POST", "/streams", json=body).json()
    assert (made["source"], made["sources"]) == ("x", ["x", "bluesky"])
    assert "Bluesky posts carry no place: the box applies to X only." in made["warnings"]
    assert made["status"]["sources"] == []
    emptied = {"filter": {"word": "", "keywords": []}}
    refused = person.call("PATCH", f"/streams/{made['id']}", json=emptied).json()["error"]
    assert (refused["code"], refused["field"]) == ("no_places", "filter.word")
    for wrong, code in (
        ({"sources": ["x", "replay"]}, "unknown_source"),
        ({"sources": ["x"], "source": "x"}, "ambiguous"),
        ({"sources": []}, "invalid"),
    ):
        answer = person.call("POST", "/streams", json={**wrong, "filter": {"word": "rain"}})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
