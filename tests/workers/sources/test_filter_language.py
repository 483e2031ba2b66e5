"""One table of filters and posts: every source, replay and the double of X answer alike."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from streams.filter import Filter
from streams.stream import Stream, Wanted
from streams.tokens import tagged
from streams.x_rules import rules_for
from tests.workers.sources.test_x_rules import shown
from workers.replay.other_platforms import from_jetstream, from_mastodon
from workers.replay.v1_status import as_payload
from workers.sources.bluesky.event import PostEvent, read_event
from workers.sources.local_match import FilterIndex, LocalMatch
from workers.sources.mastodon.followers import InstanceFollowers
from workers.sources.mastodon.status import StatusPost, read_status
from workers.sources.x.payload import Delivery, read_line


class MadeUp(msgspec.Struct, frozen=True):
    """A post, before a platform puts it on its wire."""

    text: str
    lang: str = "en"
    author: str = "ada"
    link: str = ""
    quoted: str = ""
    point: tuple[float, float] | None = None


Answer = Callable[[Filter, MadeUp], bool]


def by_index(filter_: Filter, delivery: Delivery) -> bool:
    """What one filter answers, which an index of it has to repeat."""
    match = LocalMatch(filter_)
    answer = match.matches(delivery)
    assert FilterIndex({"s": match}).matching(delivery) == ({"s"} if answer else set())
    return answer


def x_payload(post: MadeUp) -> dict[str, Any]:
    links = [{"url": "https://t.co/a1", "expanded_url": post.link}] if post.link else []
    entities = {
        "hashtags": [{"tag": tag} for tag in tagged("#", post.text)],
        "mentions": [{"username": name} for name in tagged("@", post.text)],
        "cashtags": [{"tag": tag} for tag in tagged("$", post.text)],
        "urls": links,
    }
    text = f"{post.text} https://t.co/a1" if links else post.text
    data: dict[str, Any] = {"id": "1", "text": text, "lang": post.lang, "author_id": "2"}
    data["entities"] = {kind: found for kind, found in entities.items() if found}
    includes: dict[str, Any] = {"users": [{"id": "2", "name": "A", "username": post.author}]}
    if post.quoted:
        data["referenced_tweets"] = [{"type": "quoted", "id": "7"}]
        includes["tweets"] = [{"id": "7", "text": post.quoted, "author_id": "2"}]
    if post.point:
        data["geo"] = {"coordinates": {"type": "Point", "coordinates": post.point}}
    return {"data": data, "includes": includes}


def by_x(filter_: Filter, post: MadeUp) -> bool:
    return shown(rules_for(filter_), x_payload(post))


def by_replay_of_x(filter_: Filter, post: MadeUp) -> bool:
    delivery = read_line(msgspec.json.encode(x_payload(post)), 0)
    assert isinstance(delivery, Delivery)
    return by_index(filter_, delivery)


def by_replay_of_v1(filter_: Filter, post: MadeUp) -> bool:
    status: dict[str, Any] = {
        "id_str": "1",
        "full_text": post.text,
        "lang": post.lang,
        "user": {"id_str": "2", "screen_name": post.author},
    }
    if post.link:
        status["entities"] = {"urls": [{"expanded_url": post.link}]}
    if post.quoted:
        status["quoted_status"] = {"id_str": "7", "full_text": post.quoted}
    if post.point:
        status["coordinates"] = {"type": "Point", "coordinates": post.point}
    delivery = read_line(as_payload(msgspec.json.encode(status))[0], 0)
    assert isinstance(delivery, Delivery)
    return by_index(filter_, delivery)


def bluesky_event(post: MadeUp) -> dict[str, Any]:
    record: dict[str, Any] = {"text": post.text, "langs": [post.lang]}
    if post.link:
        record["facets"] = [{"features": [{"uri": post.link}]}]
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k1"}
    return {
        "did": post.author,
        "time_us": 1,
        "kind": "commit",
        "commit": {**commit, "rev": "3r1", "record": record},
    }


def by_bluesky(filter_: Filter, post: MadeUp) -> bool:
    event = read_event(msgspec.json.encode(bluesky_event(post)), 0)
    assert isinstance(event, PostEvent)
    return by_index(filter_, Delivery(event.post, (), more=event.more))


def by_replay_of_bluesky(filter_: Filter, post: MadeUp) -> bool:
    delivery = from_jetstream(bluesky_event(post)).delivery
    assert delivery is not None
    return by_index(filter_, delivery)


def mastodon_status(post: MadeUp) -> dict[str, Any]:
    link = f' <a href="{post.link}">here</a>' if post.link else ""
    content = post.text.replace("&", "&amp;").replace("<", "&lt;")
    status: dict[str, Any] = {
        "id": "1",
        "content": f"<p>{content}{link}</p>",
        "language": post.lang,
        "account": {"id": "2", "acct": post.author},
    }
    if post.quoted:
        quoted = {"id": "7", "content": f"<p>{post.quoted}</p>"}
        status["quote"] = {"state": "accepted", "quoted_status": quoted}
    return status


def by_mastodon(filter_: Filter, post: MadeUp) -> bool:
    status = read_status(msgspec.json.encode(mastodon_status(post)), 0)
    assert isinstance(status, StatusPost)
    stream = Stream("s", 1, "s", "mastodon", filter_, Wanted.RUNNING, 1, False, 0, 0)
    return InstanceFollowers().next([stream], 0.0).of(status, None) == ("s",)


def by_replay_of_mastodon(filter_: Filter, post: MadeUp) -> bool:
    delivery = from_mastodon(mastodon_status(post)).delivery
    assert delivery is not None
    return by_index(filter_, delivery)


X = (by_x, by_replay_of_x, by_replay_of_v1)
BLUESKY = (by_bluesky, by_replay_of_bluesky)
MASTODON = (by_mastodon, by_replay_of_mastodon)

WORDS = [
    # term, text, whether it matches
    ("rain", "Rain again", True),
    ("rain", "rainy", False),
    ("rain", "#Rain", True),
    ("rain", "ＲＡＩＮ today", True),
    ("ﬁre", "FIRE", True),
    ("cafe", "café", False),
    ("CAFÉ", "café", True),
    ("cafe\u0301", "un café", True),
    ("straße", "STRASSE", False),
    ("don't", "I don’t", True),
    ("or", "this or that", True),
    ("new york", "New\n York", True),
    ("new york", "york new", False),
    ("new york", "new old york", False),
    ("coca-cola", "Coca Cola", True),
    ("हिंदी", "मैं हिंदी में", True),
    ("हिंद", "मैं हिंदी में", False),
    ("தமிழ்", "நான் தமிழ் பேச", True),
    ("日本", "今日の日本は晴れ", True),
    ("日本", "本日", False),
    ("カフェ", "新しいｶﾌｪです", True),
    ("ฝน", "วันนี้ฝนตกหนัก", True),
    ("ฝน", "แดดออก", False),
    ("👍", "so 👍", True),
    ("👍", "so 👍🏽", False),
    ("👍🏽", "so👍🏽!", True),
    ("❤", "with ❤️", True),
    ("👩‍🚀", "the 👩‍🚀 is up", True),
    ("👩", "the 👩‍🚀 is up", False),
    ("🇪🇸", "🇫🇷🇪🇸", True),
    ("#rain", "so #RAIN!", True),
    ("#rain", "#rainy", False),
    ("#rain", "rain", False),
    ("#rain", "a#rain", False),
    ("#rain", "＃rain", True),
    ("#café", "#Café", True),
    ("#हिंदी", "#हिंदी", True),
    ("@bob", "hi @Bob.", True),
    ("@bob", "hi @bobby", False),
    ("@bob", "me@bob", False),
    ("$tsla", "$TSLA up", True),
    ("$tsla", "tsla", False),
    ("from:ada", "anything", True),
    ("from:@Ada", "anything", True),
    ("from:ad", "ada from", False),
]


@pytest.mark.parametrize("answer", [*X, *BLUESKY, *MASTODON])
@pytest.mark.parametrize(("term", "text", "expected"), WORDS)
def test_a_term_finds_the_same_posts_everywhere(
    answer: Answer, term: str, text: str, expected: bool
) -> None:
    assert answer(Filter(term, languages=()).checked(), MadeUp(text)) is expected


PLACE = ("geo: -3.9 40.3 -3.6 40.5",)
WHOLE = [
    # filter, post, whether it matches, where such posts exist
    (Filter("rain"), MadeUp("rain", "en-GB"), True, (*X, *BLUESKY, *MASTODON)),
    (Filter("rain"), MadeUp("rain", "fr"), False, (*X, *BLUESKY, *MASTODON)),
    (
        Filter("雨", languages=("zh-TW",)),
        MadeUp("雨", "zh"),
        False,
        (*X, *BLUESKY, *MASTODON),
    ),
    (Filter("rain", ("snow",)), MadeUp("snow"), True, (*X, *BLUESKY, *MASTODON)),
    (
        Filter("rain #madrid", any_order=True),
        MadeUp("#Madrid in the rain"),
        True,
        (*X, *BLUESKY, *MASTODON),
    ),
    (
        Filter("from:ada rain", any_order=True),
        MadeUp("rain", author="bob"),
        False,
        (*X, *BLUESKY, *MASTODON),
    ),
    (
        Filter("rain from:ada", any_order=True),
        MadeUp("some rain"),
        True,
        (*X, *BLUESKY, *MASTODON),
    ),
    (
        Filter("radar"),
        MadeUp("see", link="https://example.org/rain-radar"),
        True,
        (*X, *BLUESKY, *MASTODON),
    ),
    (
        Filter("see https"),
        MadeUp("see", link="https://example.org/rain"),
        False,
        BLUESKY,
    ),
    (Filter("storm"), MadeUp("look", quoted="a storm"), True, (*X, *MASTODON)),
    (Filter("#storm"), MadeUp("look", quoted="a #storm"), True, (*X, *MASTODON)),
    (Filter("look a"), MadeUp("look", quoted="a storm"), False, (*X, *MASTODON)),
    (Filter("tea", PLACE), MadeUp("hello", point=(-3.7, 40.4)), True, X),
    (Filter("tea", PLACE), MadeUp("hello", point=(-3.5, 40.4)), False, X),
    (Filter("tea", PLACE), MadeUp("tea"), True, (*X, *BLUESKY, *MASTODON)),
    (Filter("tea", PLACE), MadeUp("hello"), False, (*X, *BLUESKY, *MASTODON)),
]


@pytest.mark.parametrize(
    ("filter_", "post", "expected", "answer"),
    [(*case[:3], answer) for case in WHOLE for answer in case[3]],
)
def test_a_filter_takes_the_same_posts_everywhere(
    filter_: Filter, post: MadeUp, expected: bool, answer: Answer
) -> None:
    assert answer(filter_.checked(), post) is expected


@pytest.mark.parametrize(
    ("term", "acct", "expected"),
    [
        ("from:ada", "ada", True),
        ("from:@Ada@Example.org", "ada", True),
        ("from:ada@example.org", "ada@elsewhere.example", False),
        ("from:ada@elsewhere.example", "ada@elsewhere.example", True),
        ("from:ada", "ada@elsewhere.example", False),
    ],
)
def test_accounts_of_the_instance_are_found_with_and_without_its_name(
    term: str, acct: str, expected: bool
) -> None:
    status = mastodon_status(MadeUp("hello", author=acct))
    status["url"] = f"https://example.org/@{acct}/1"
    read = read_status(msgspec.json.encode(status), 0)
    assert isinstance(read, StatusPost)
    delivery = Delivery(read.post, (), more=read.more, names=read.names)
    assert by_index(Filter(term, languages=()).checked(), delivery) is expected
