"""The made-up posts: believable in their parts, the same for the same seed, ids ever rising."""

import itertools
import time
from collections import Counter
from datetime import datetime

import pytest

from simulator.grammar import parse
from simulator.matcher import compile_node
from simulator.posts import SimulatedPost, from_payload, snowflakes
from simulator.subject import Subject
from simulator.users import USERNAME, UserDirectory, load
from simulator.writer import MOODS, TextWriter

NOW = 1_790_000_000.123


def write(count: int, seed: int = 1) -> list[SimulatedPost]:
    writer = TextWriter(UserDirectory(seed), snowflakes(), seed)
    return [writer.write(NOW) for _ in range(count)]


@pytest.fixture(scope="module")
def posts() -> list[SimulatedPost]:
    return write(5_000)


def share(posts: list[SimulatedPost], rule: str) -> float:
    test = compile_node(parse(f"anchor OR ({rule})"))
    return sum(test(Subject(post)) for post in posts) / len(posts)


def test_the_same_seed_writes_the_same_texts_by_the_same_people() -> None:
    first, second, other = write(300, 7), write(300, 7), write(300, 8)
    assert [p.data["text"] for p in first] == [p.data["text"] for p in second]
    assert [p.data["author_id"] for p in first] == [p.data["author_id"] for p in second]
    assert [p.data["text"] for p in first] != [p.data["text"] for p in other]


def test_ids_rise_and_are_never_given_twice() -> None:
    ids = [int(each) for each in itertools.islice(snowflakes(), 20_000)]
    assert ids == sorted(set(ids))
    assert next(iter(snowflakes())) > str(ids[0])
    assert len(str(ids[0])) == 19


def test_a_post_carries_its_moment_to_the_millisecond(posts: list[SimulatedPost]) -> None:
    assert {post.data["created_at"] for post in posts} == {"2026-09-21T14:13:20.123Z"}
    moment = datetime.fromisoformat("2026-09-21T14:13:20.123Z").timestamp()
    assert moment == pytest.approx(NOW)


def test_every_post_has_a_text_an_author_and_a_language(posts: list[SimulatedPost]) -> None:
    for post in posts:
        assert 0 < len(post.data["text"]) <= 280
        assert post.author is not None
        assert USERNAME.fullmatch(post.author.data["username"])
        assert post.author.data["profile_image_url"].startswith("data:image/svg+xml,")
        assert post.data["lang"]
        assert "{" not in post.text()
        assert post.data["edit_history_tweet_ids"] == [post.id]


def test_four_in_ten_have_a_place_and_some_an_exact_point_in_it(posts: list[SimulatedPost]) -> None:
    placed = [post for post in posts if post.place]
    assert 0.35 < len(placed) / len(posts) < 0.45
    exact = [Subject(post) for post in placed if post.data["geo"].get("coordinates")]
    assert len(exact) > 50
    for subject in exact:
        assert subject.box is not None
        assert subject.point is not None
        assert subject.box.holds(*subject.point)
    names = Counter(post.place.data["name"] for post in placed if post.place)
    assert {"San Francisco", "Manhattan", "Camden Town", "Madrid"} <= set(names)
    assert len(names) >= 40


def test_about_nine_in_ten_are_english_and_the_rest_in_many_languages(
    posts: list[SimulatedPost],
) -> None:
    languages = Counter(post.data["lang"] for post in posts)
    assert 0.87 < languages["en"] / len(posts) < 0.95
    assert len(languages) > 8


def test_all_kinds_of_posts_occur(posts: list[SimulatedPost]) -> None:
    kinds = Counter(
        link["type"] for post in posts for link in post.data.get("referenced_tweets", ())
    )
    assert min(kinds["retweeted"], kinds["replied_to"], kinds["quoted"]) > 200
    assert sum("note_tweet" in post.data for post in posts) > 100
    assert sum("hashtags" in post.data.get("entities", {}) for post in posts) > 500
    for post in posts:
        for link in post.data.get("referenced_tweets", ()):
            assert post.reference(link["type"]) is not None
        if "note_tweet" in post.data:
            assert len(post.text()) > 280


def test_many_texts_differ_and_many_topics_occur(posts: list[SimulatedPost]) -> None:
    own = [post.text() for post in posts if not post.refers("retweeted")]
    assert len(set(own)) > len(own) * 0.6
    for topic in ("weather", "football", "music", "traffic", "coffee"):
        assert share(posts, f"{topic} OR #{topic}") > 0.005


def test_entities_point_at_their_words(posts: list[SimulatedPost]) -> None:
    for post in posts:
        text = post.data["text"]
        for tag in post.data.get("entities", {}).get("hashtags", ()):
            assert text[tag["start"] : tag["end"]] == f"#{tag['tag']}"
        for mention in post.data.get("entities", {}).get("mentions", ()):
            assert text[mention["start"] : mention["end"]] == f"@{mention['username']}"


def test_every_topic_has_every_mood() -> None:
    for topic in load("topics.json").values():
        assert all(len(topic[mood]) >= 5 for mood in MOODS)


def test_people_who_sign_in_keep_their_id() -> None:
    directory = UserDirectory(1)
    author = directory.authors[0].data
    assert directory.sign_in(author["username"].upper()).data is author
    assert directory.sign_in("demo").data["id"] == UserDirectory(2).sign_in("demo").data["id"]


def test_a_payload_finds_its_own_objects() -> None:
    post = from_payload(
        {
            "data": {
                "id": "1",
                "text": "x",
                "author_id": "4",
                "geo": {"place_id": "p"},
                "attachments": {"media_keys": ["m"], "poll_ids": ["q"]},
            },
            "includes": {
                "users": [{"id": "4"}],
                "places": [{"id": "p"}],
                "media": [{"media_key": "m"}],
                "polls": [{"id": "q"}],
            },
        }
    )
    assert post.author is not None
    assert post.place is not None
    assert len(post.media) == len(post.polls) == 1


def test_the_clock_is_read_when_a_post_is_due() -> None:
    writer = TextWriter(UserDirectory(1), snowflakes(), 1)
    assert writer.write(time.time()).data["created_at"][:10] == time.strftime(
        "%Y-%m-%d", time.gmtime()
    )
