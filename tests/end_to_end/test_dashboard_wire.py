"""The old dashboard client's whole round: log in, start, draw, stop."""

from collections.abc import Callable
from functools import partial

from tests.rig.dashboard_client import OldClient
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until

SECONDS = 10.0
SignIn = Callable[[str], OldClient]
LABELS = {"positive", "negative", "neutral", "unknown"}


def started(client: OldClient, upstream: Upstream, word: str, location: str = "") -> None:
    """Start, and wait until the rule works: the old client itself is told nothing of that."""
    assert client.start(word, location).status_code == 200
    wait_until(lambda: word.lower() in str(upstream.rules()).lower(), SECONDS, "the rule")

    def arrives() -> bool:
        upstream.post(f"{word} probe")
        return has(client, f"{word.lower()} probe")

    if not location:
        wait_until(arrives, SECONDS, "the first post")


def has(client: OldClient, text: str) -> bool:
    return any(post["text"] == text for post in client.posts)


def test_its_posts_are_json_strings_with_what_it_reads(
    old_client: SignIn, upstream: Upstream
) -> None:
    client = old_client("ada")
    started(client, upstream, "Golden")
    upstream.deliver(
        {
            "data": {
                "text": "The GOLDEN gate",
                "lang": "en",
                "source": "Twitter for iPhone",
                "geo": {"coordinates": {"type": "Point", "coordinates": [-122.4, 37.8]}},
            }
        }
    )
    wait_until(
        lambda: any(post["text"] == "the golden gate" for post in client.posts),
        SECONDS,
        "the post, in lower case although the word was not",
    )
    post = next(post for post in client.posts if post["text"] == "the golden gate")
    assert post["coords"] == {"lon": -122.4, "lat": 37.8}
    assert post["source"] == "iphone"
    assert post["label"] in LABELS
    probe = client.posts[0]
    assert probe["coords"] == {"lon": 0, "lat": 0}
    assert probe["source"] == "Other"


def test_after_stop_nothing_more_is_emitted_and_starting_again_replaces_the_stream(
    old_client: SignIn, upstream: Upstream
) -> None:
    client = old_client("bob")
    started(client, upstream, "football")
    started(client, upstream, "tennis")
    wait_until(lambda: len(upstream.rules()) == 1, SECONDS, "the rule of before to go")
    upstream.post("football at last", "tennis at last")
    wait_until(lambda: has(client, "tennis at last"), SECONDS, "a post")
    assert not has(client, "football at last")
    assert client.stop().status_code == 200
    wait_until(lambda: not upstream.rules(), SECONDS, "the rule to go")
    upstream.post("tennis too late")
    started(client, upstream, "rugby")
    assert not has(client, "tennis too late")


def test_two_people_get_their_own_posts_only(old_client: SignIn, upstream: Upstream) -> None:
    ada, bob = old_client("ada"), old_client("bob")
    started(ada, upstream, "coffee")
    started(bob, upstream, "tea")
    upstream.post("coffee please", "tea please")
    for client, word in ((ada, "coffee"), (bob, "tea")):
        last = f"{word} please"
        wait_until(partial(has, client, last), SECONDS, last)
        assert {post["text"] for post in client.posts} == {f"{word} probe", f"{word} please"}


def test_knowing_an_account_name_is_not_enough_to_stop_its_stream(
    old_client: SignIn, upstream: Upstream
) -> None:
    ada = old_client("ada")
    started(ada, upstream, "jazz")
    stranger = {"twitter_account": ada.account, "twitter_token": "null"}
    assert ada.post("/stopStream", stranger).status_code == 401
    upstream.post("jazz goes on")
    wait_until(lambda: has(ada, "jazz goes on"), SECONDS, "the stream to go on")


def test_a_pattern_as_word_is_a_word_and_breaks_nothing(
    old_client: SignIn, upstream: Upstream
) -> None:
    client = old_client("ada")
    assert client.start("(a+)+$ [b").status_code == 200
    wait_until(lambda: len(upstream.rules()) == 1, SECONDS, "the rule")
    started(client, upstream, "rain")


def test_an_unknown_place_starts_nothing(old_client: SignIn, upstream: Upstream) -> None:
    client = old_client("ada")
    answer = client.start("rain", "Nowhereville-on-Sea-Upon-Nothing")
    assert answer.status_code == 422
    assert not answer.headers["Content-Type"].startswith("application/json")
    assert upstream.rules() == []
