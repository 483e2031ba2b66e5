"""Which posts a rule matches."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.grammar import parse
from simulator.matcher import Matcher, compile_node
from simulator.posts import SimulatedPost, from_payload
from simulator.subject import Subject
from streams.tokens import tokens

MADRID = {
    "id": "m1",
    "name": "Madrid",
    "full_name": "Madrid, Spain",
    "country_code": "ES",
    "geo": {"type": "Feature", "bbox": [-3.8, 40.35, -3.6, 40.6], "properties": {}},
}
DEMO = {
    "id": "42",
    "username": "Demo",
    "name": "Demo Person",
    "description": "Runs slowly",
    "location": "Madrid",
    "verified": True,
    "public_metrics": {"followers_count": 100},
}
OTHER = {"id": "43", "username": "other"}


def post(text: str = "", *, includes: dict[str, Any] | None = None, **data: Any) -> SimulatedPost:
    whole = {"id": "1", "text": text, "author_id": "42", **data}
    included = {"users": [DEMO, OTHER], "places": [MADRID], **(includes or {})}
    return from_payload({"data": whole, "includes": included})


def matches(rule: str, subject: SimulatedPost) -> bool:
    return bool(Matcher([SimpleNamespace(node=parse(rule))]).match(subject))


def retweet(original: str = "Rain over Madrid, all of it and more") -> SimulatedPost:
    return post(
        "RT @other: Rain over Ma…",
        referenced_tweets=[{"type": "retweeted", "id": "7"}],
        geo={"place_id": "m1"},
        includes={"tweets": [{"id": "7", "text": original, "author_id": "43"}]},
    )


def quote() -> SimulatedPost:
    return post(
        "Look at this",
        referenced_tweets=[{"type": "quoted", "id": "7"}],
        includes={"tweets": [{"id": "7", "text": "A wonderful storm", "author_id": "43"}]},
    )


TEXTS = [
    ("cat", "My CAT sleeps", True),
    ("CAT", "my cat sleeps", True),
    ("cat", "cats and concatenation", False),
    ("cola", "I like coca-cola", True),
    ('"coca cola"', "I like Coca-Cola!", True),
    ('"coca cola"', "cola coca", False),
    ('"my cat"', "oh my cat", True),
    ('"my cat"', "my black cat", False),
    ('"black cat"~2', "black fluffy cat", True),
    ('"black cat"~1', "black fluffy cat", False),
    ('"black cat"~3', "cat black", True),
    ('"black cat"~2', "cat black", False),
    ("rain", "#rain in the morning", True),
    ("#rain", "rain in the morning", False),
    ("diacrítica", "una nota diacrítica", True),
    ("diacrítica", "una nota diacritica", False),
    ("diacritica", "una nota diacrítica", False),
    ("cafe\u0301", "un café", True),
    ("straße", "Die STRASSE", False),
    ("straße", "die Straße", True),
    ("😀", "so happy 😀😀", True),
    ("❤", "with ❤️ from here", True),
    ("日本", "今日の日本は晴れ", True),
    ("don't", "I don't know", True),
    ("don't", "I do not know", False),
    ("a.b", "", None),
    ("cat dog", "dog and cat", True),
    ("cat dog", "only cat", False),
    ("cat OR dog", "only dog", True),
    ("cat OR dog bird", "dog", False),
    ("cat OR dog bird", "dog bird", True),
    ("(cat OR dog) bird", "cat", False),
    ("cat -dog", "cat", True),
    ("cat -dog", "cat dog", False),
    ('cat -"hot dog"', "cat dog hot", True),
    ("(.*)+$", "", None),
]


@pytest.mark.parametrize(("rule", "text", "expected"), [t for t in TEXTS if t[2] is not None])
def test_words_match_by_token(rule: str, text: str, expected: bool) -> None:
    assert matches(rule, post(text)) is expected


MADE = {
    "plain": post("hello", lang="en"),
    "placed": post("hello", geo={"place_id": "m1"}),
    "exact": post(
        "hello",
        geo={"place_id": "m1", "coordinates": {"type": "Point", "coordinates": [-3.7, 40.4]}},
    ),
    "reply": post(
        "hello @other",
        in_reply_to_user_id="43",
        conversation_id="9",
        referenced_tweets=[{"type": "replied_to", "id": "9"}],
        entities={"mentions": [{"username": "Other"}]},
    ),
    "rich": post(
        "hello",
        entities={
            "hashtags": [{"tag": "Thankunext"}],
            "cashtags": [{"tag": "TWTR"}],
            "urls": [{"url": "https://t.co/x", "expanded_url": "https://news.example.org/rain"}],
            "annotations": [{"normalized_text": "Madrid"}],
        },
        context_annotations=[{"domain": {"id": "65"}, "entity": {"id": "8"}}],
        attachments={"media_keys": ["k"]},
        includes={"media": [{"media_key": "k", "type": "photo"}]},
    ),
    "retweet": retweet(),
    "quote": quote(),
}
ABOUT = [
    ("hello lang:en", "plain", True),
    ("hello lang:de", "plain", False),
    ("hello -lang:de", "plain", True),
    ("from:demo", "plain", True),
    ("from:42", "plain", True),
    ("from:other", "plain", False),
    ("bio:slowly", "plain", True),
    ('bio_name:"demo person"', "plain", True),
    ("bio_location:madrid", "plain", True),
    ("hello is:verified", "plain", True),
    ("hello min_followers:100", "plain", True),
    ("hello min_followers:101", "plain", False),
    ("hello followers_count:50..150", "plain", True),
    ("hello followers_count:101..150", "plain", False),
    ("hello sample:100", "plain", True),
    ("hello has:geo", "plain", False),
    ("hello has:geo", "placed", True),
    ("place:madrid", "placed", True),
    ('place:"Madrid, Spain"', "placed", True),
    ("place:m1", "placed", True),
    ("place:paris", "placed", False),
    ("place:madrid", "plain", False),
    ("place_country:es", "placed", True),
    ("place_country:FR", "placed", False),
    ("bounding_box:[-3.889 40.312 -3.518 40.644]", "placed", True),
    ("bounding_box:[-3.75 40.312 -3.518 40.644]", "placed", False),
    ("bounding_box:[-3.75 40.312 -3.518 40.644]", "exact", True),
    ("bounding_box:[-3.65 40.312 -3.518 40.644]", "exact", False),
    ("point_radius:[-3.7 40.45 30km]", "placed", True),
    ("point_radius:[-3.7 40.45 5km]", "placed", False),
    ("point_radius:[-3.7 40.45 5mi]", "exact", True),
    ("to:other", "reply", True),
    ("to:43", "reply", True),
    ("to:demo", "reply", False),
    ("@other", "reply", True),
    ("@othe", "reply", False),
    ("hello is:reply", "reply", True),
    ("hello has:mentions", "reply", True),
    ("conversation_id:9", "reply", True),
    ("in_reply_to_tweet_id:9", "reply", True),
    ("#thankunext", "rich", True),
    ("#thanku", "rich", False),
    ("$twtr", "rich", True),
    ('url:"https://news.example.org"', "rich", True),
    ("url:example", "rich", True),
    ("url:examp", "rich", False),
    ("context:65.8", "rich", True),
    ("context:65.*", "rich", True),
    ("context:66.8", "rich", False),
    ("entity:madrid", "rich", True),
    ("hello has:hashtags has:cashtags has:links", "rich", True),
    ("hello has:images", "rich", True),
    ("hello has:media", "rich", True),
    ("hello has:video_link", "rich", False),
    ('"all of it"', "retweet", True),
    ("rain is:retweet", "retweet", True),
    ("rain -is:retweet", "retweet", False),
    ("retweets_of:other", "retweet", True),
    ("retweets_of_tweet_id:7", "retweet", True),
    ("bounding_box:[-3.889 40.312 -3.518 40.644]", "retweet", False),
    ("look", "quote", True),
    ("wonderful storm", "quote", True),
    ('"this a"', "quote", False),
    ("look is:quote", "quote", True),
    ("hello source:web", "plain", False),
    ("hello -is:nullcast", "plain", True),
]


@pytest.mark.parametrize(("rule", "name", "expected"), ABOUT)
def test_operators_look_at_the_right_part_of_a_post(rule: str, name: str, expected: bool) -> None:
    assert matches(rule, MADE[name]) is expected


def test_a_long_post_is_matched_in_full() -> None:
    long = post("short…", note_tweet={"text": "short and then the rare word zyzzyva"})
    assert matches("zyzzyva", long)


def test_search_folds_accents_and_ignores_the_quoted_text() -> None:
    accented = Subject(post("una nota diacrítica"), search=True)
    assert compile_node(parse("diacritica"), fold_accents=True)(accented)
    assert not compile_node(parse("storm"), fold_accents=True)(Subject(quote(), search=True))


def test_a_tenth_of_all_posts_passes_sample_10() -> None:
    test = compile_node(parse("a sample:10"))
    passed = sum(test(Subject(SimulatedPost({"id": str(n), "text": "a"}))) for n in range(5_000))
    assert 400 < passed < 600


WORDS = ["cat", "dog", "rain", "sun", "tea"]
rules = st.recursive(
    st.sampled_from([*WORDS, '"cat dog"', "#cat", "from:demo", "-rain", "lang:en", '"sun tea"~3']),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda p: "(" + " ".join(p) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda p: "(" + " OR ".join(p) + ")"),
    ),
    max_leaves=8,
)


@given(st.lists(rules, min_size=1, max_size=12), st.lists(st.sampled_from(WORDS), max_size=6))
def test_finding_candidates_by_word_changes_nothing(values: list[str], text: list[str]) -> None:
    subject = post(" ".join(text), lang="en")
    nodes = [parse(f"anchor OR (tea {value})") for value in values]
    numbered = [SimpleNamespace(node=node, number=n) for n, node in enumerate(nodes)]
    expected = [n for n, node in enumerate(nodes) if compile_node(node)(Subject(subject))]
    assert [rule.number for rule in Matcher(numbered).match(subject)] == expected


@given(st.text(max_size=60))
def test_tokens_hold_no_blanks_and_are_in_lower_case(text: str) -> None:
    for token in tokens(text):
        assert token
        assert not any(character.isspace() for character in token)
        assert tokens(token) == [token] or token != token.lower()
