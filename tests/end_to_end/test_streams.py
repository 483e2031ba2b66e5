"""From a start request to a tagged post on a dashboard, and on nobody else's."""

from collections.abc import Callable

from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until

SECONDS = 10.0
SignIn = Callable[[str], Person]


def running(somebody: Person, stream_id: str) -> str:
    wait_until(lambda: somebody.state(stream_id) == "running", SECONDS, f"{stream_id} to run")
    return stream_id


def test_a_started_stream_shows_tagged_posts_and_a_stopped_one_shows_none(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="rain"))
    viewer = ada.watch(stream_id)
    assert viewer.ack["seq"] == 0
    upstream.post("I love this rain, so happy and wonderful", "rain again, awful, I hate it")
    upstream.post("nothing about the weather here")
    wait_until(lambda: len(viewer.posts) == 2, SECONDS, "two posts")
    assert [post["label"] for post in viewer.posts] == ["positive", "negative"]
    assert {post["path"].split(" > ")[0] for post in viewer.posts} == {"polarized"}
    assert all(post["model"] and 0 < post["confidence"] <= 1 for post in viewer.posts)
    ada.call("POST", f"/streams/{stream_id}/stop")
    wait_until(lambda: ada.state(stream_id) == "stopped", SECONDS, "the stream to stop")
    wait_until(lambda: not upstream.rules(), SECONDS, "its rule to be deleted")
    upstream.post("more rain")
    running(ada, ada.start(word="snow"))
    assert len(viewer.posts) == 2
    totals = ada.call("GET", f"/streams/{stream_id}")["totals"]
    assert {label: count for label, count in totals.items() if count} == {
        "posts": 2, "negative": 1, "positive": 1
    }  # fmt: skip


def test_an_edit_on_x_takes_the_place_of_the_post_and_a_deletion_of_the_first_takes_it(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="marmalade"))
    viewer = ada.watch(stream_id)
    (first,) = upstream.post("I love this marmalade, so happy and wonderful")
    wait_until(lambda: viewer.posts, SECONDS, "the post")
    later = str(int(first) + 1)
    chain = {"id": later, "edit_history_tweet_ids": [first, later]}
    upstream.post("awful marmalade, I hate it, terrible", **chain)
    wait_until(lambda: viewer.edits, SECONDS, "the later version")
    (edit,) = viewer.edits[0]["posts"]
    assert (edit["was"], edit["post"]["label"], edit["post"]["id"]) == (
        "positive", "negative", later
    )  # fmt: skip
    assert ada.watch(stream_id).ids() == [later]
    totals = ada.call("GET", f"/streams/{stream_id}")["totals"]
    assert (totals["posts"], totals["positive"], totals["negative"]) == (1, 0, 1)
    ada.call("POST", "/deletions", {"ids": [first]})
    wait_until(lambda: viewer.deletions, SECONDS, "the deletion")
    assert viewer.deletions[0]["ids"] == [first, later]
    assert ada.watch(stream_id).posts == [{"id": later, "deleted": True}]


def test_two_people_see_their_own_posts_only(person: SignIn, upstream: Upstream) -> None:
    ada, bob = person("ada"), person("bob")
    football = running(ada, ada.start(word="football"))
    coffee = running(bob, bob.start(word="coffee"))
    adas, bobs = ada.watch(football), bob.watch(coffee)
    upstream.post("football tonight", "coffee now", "football and coffee")
    wait_until(lambda: len(adas.posts) == 2 and len(bobs.posts) == 2, SECONDS, "their posts")
    assert adas.texts() == ["football tonight", "football and coffee"]
    assert bobs.texts() == ["coffee now", "football and coffee"]
    refused = bob.watch(football)
    assert refused.ack["error"]["code"] == "no_such_stream"
    assert bob.ask("GET", f"/streams/{football}").status_code == 404
    assert bob.ask("POST", f"/streams/{football}/stop").status_code == 404
    upstream.post("one more football")
    wait_until(lambda: len(adas.posts) == 3, SECONDS, "the next post")
    assert refused.posts == []


def test_streams_that_ask_for_the_same_thing_share_a_rule_and_each_get_every_post(
    person: SignIn, upstream: Upstream
) -> None:
    ada, bob = person("ada"), person("bob")
    first = running(ada, ada.start(word="traffic"))
    second = running(bob, bob.start(word="traffic"))
    adas, bobs = ada.watch(first), bob.watch(second)
    ids = upstream.post("traffic everywhere")
    wait_until(lambda: adas.posts and bobs.posts, SECONDS, "the post at both")
    assert len(upstream.rules()) == 1
    ada.call("POST", f"/streams/{first}/stop")
    wait_until(lambda: ada.state(first) == "stopped", SECONDS, "the first to stop")
    ids += upstream.post("still traffic")
    wait_until(lambda: bobs.ids() == ids, SECONDS, "the second to go on")
    assert adas.ids() == ids[:1]


def test_an_edit_takes_effect_without_a_new_connection(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="guitar"))
    viewer = ada.watch(stream_id)
    upstream.clear_ledger()
    upstream.post("a guitar")
    edited = ada.call("PATCH", f"/streams/{stream_id}", {"filter": {"word": "piano"}})
    assert edited["generation"] == 2
    running(ada, stream_id)
    wait_until(lambda: "guitar" not in str(upstream.rules()), SECONDS, "the old rule to go")
    upstream.post("a guitar again", "a piano")
    wait_until(lambda: len(viewer.posts) == 2, SECONDS, "the posts")
    assert viewer.texts() == ["a guitar", "a piano"]
    assert len({entry["connection"] for entry in upstream.ledger()}) == 1
    edits = ada.call("GET", f"/streams/{stream_id}/edits")["items"]
    edit = next(each for each in edits if "filter" in each["before"] and each["before"]["filter"])
    assert edit["before"]["filter"]["word"] == "guitar"
    assert edit["after"]["filter"]["word"] == "piano"


def test_a_viewer_who_comes_back_gets_what_they_missed(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="train"))
    first = ada.watch(stream_id)
    ids = upstream.post("train 1", "train 2")
    wait_until(lambda: first.ids() == ids, SECONDS, "the first posts")
    seq = first.frames[-1]["seq"]
    first.close()
    later = upstream.post("train 3", "train 4")
    wait_until(
        lambda: ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"] == 4,
        SECONDS,
        "the posts that nobody watched to be counted",
    )
    second = ada.watch(stream_id, since=seq)
    assert second.ids() == later
    assert second.ack["missed"] == 0
    assert (
        sum(
            each["neutral"] + each["unknown"] + each["positive"] + each["negative"]
            for each in second.ack["series"]
        )
        == 4
    )


def test_a_place_is_a_box_that_posts_must_lie_in(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="sun", place="Madrid"))
    viewer = ada.watch(stream_id)
    upstream.deliver(at(-0.12, 51.5), at(-3.7, 40.42))
    wait_until(lambda: len(viewer.posts) == 1, SECONDS, "the post in Madrid")
    assert viewer.posts[0]["coords"] == [-3.7, 40.42]


def test_a_box_among_the_keywords_is_one_more_way_to_match(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    wanted = ada.start(keywords=["moon", "geo:-3.8,40.3,-3.6,40.5"])
    viewer = ada.watch(running(ada, wanted))
    upstream.deliver(at(-3.595, 40.4), at(-3.7, 40.42))  # X's box holds both
    upstream.post("moon")
    wait_until(lambda: len(viewer.posts) == 2, SECONDS, "the post in the box and the word")
    assert [post["coords"] for post in viewer.posts] == [[-3.7, 40.42], None]


def at(lon: float, lat: float) -> dict[str, object]:
    return {
        "data": {
            "text": f"sun at {lon} {lat}",
            "lang": "en",
            "geo": {"coordinates": {"type": "Point", "coordinates": [lon, lat]}},
        }
    }


def test_starting_twice_and_stopping_twice_change_nothing(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = ada.start(word="goal")
    for _ in range(3):
        ada.call("POST", f"/streams/{stream_id}/start")
    running(ada, stream_id)
    viewer = ada.watch(stream_id)
    ids = upstream.post("goal")
    wait_until(lambda: viewer.ids() == ids, SECONDS, "the post, once")
    for _ in range(3):
        ada.call("POST", f"/streams/{stream_id}/stop")
    wait_until(lambda: ada.state(stream_id) == "stopped", SECONDS, "the stop")
    assert viewer.ids() == ids
