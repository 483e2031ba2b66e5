"""Rules for X: within its limits, in its grammar, and never more than was asked for."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.grammar import Node, parse
from simulator.matcher import Matcher
from simulator.posts import from_payload
from streams.box import Box
from streams.filter import LANGUAGES, Filter, FilterError
from streams.place import Place
from streams.places import Places
from streams.tokens import tagged, tokens
from streams.x_rules import SEARCH, STREAM, RuleError, RulePlan, rules_for
from workers.sources.x.payload import Delivery, read_line

PLACES = Places(None)


@dataclass
class Parsed:
    """A rule of the double."""

    node: Node


def values(filter_: Filter) -> list[str]:
    return [rule.value for rule in rules_for(filter_).rules]


def matches(plan: RulePlan, payload: dict[str, Any]) -> bool:
    """Whether X, played by the double, passes a post under the rules."""
    rules = [Parsed(parse(value)) for value, _ in plan.rules]
    return bool(Matcher(rules).match(from_payload(payload)))


def shown(plan: RulePlan, payload: dict[str, Any]) -> bool:
    """Whether a post that X passes is kept, too."""
    post = delivered(payload)
    return any(
        matches(RulePlan((rule,)), payload) and post.lies(rule.inside) for rule in plan.rules
    )


def post(text: str, lang: str = "en", **data: Any) -> dict[str, Any]:
    tags = [{"start": 0, "end": 1, "tag": tag} for tag in tagged("#", text)]
    names = [{"start": 0, "end": 1, "username": name} for name in tagged("@", text)]
    money = [{"start": 0, "end": 1, "tag": tag} for tag in tagged("$", text)]
    entities = {"hashtags": tags, "mentions": names, "cashtags": money}
    body = {"id": "1", "text": text, "lang": lang, "author_id": "2", "entities": entities, **data}
    return {"data": body, "includes": {"users": [{"id": "2", "name": "D", "username": "d"}]}}


def post_in(name: str, country: str, *bbox: float, text: str = "rain") -> dict[str, Any]:
    payload = post(text, geo={"place_id": "p"})
    place = {
        "id": "p", "full_name": name, "name": name.split(",")[0], "country_code": country,
        "place_type": "city", "geo": {"type": "Feature", "bbox": list(bbox), "properties": {}},
    }  # fmt: skip
    payload["includes"]["places"] = [place]
    return payload


def delivered(payload: dict[str, Any]) -> Delivery:
    line = read_line(msgspec.json.encode(payload), 0)
    assert isinstance(line, Delivery)
    return line


@pytest.mark.parametrize(
    ("word", "rule"),
    [
        ("rain", "rain lang:en"),
        ("Rain_2", "Rain_2 lang:en"),
        ("café", "café lang:en"),
        ("heavy rain", '"heavy rain" lang:en'),
        ("#rain", "#rain lang:en"),
        ("@demo", "@demo lang:en"),
        ("$ABC", "$ABC lang:en"),
        ("#1", '"#1" lang:en'),
        ("@" + "a" * 16, f'"@{"a" * 16}" lang:en'),
        ("$12", '"$12" lang:en'),
        ("OR", '"OR" lang:en'),
        ("and", '"and" lang:en'),
        ("lang:es", '"lang:es" lang:en'),
        ("-rain", '"-rain" lang:en'),
        ("(rain)", '"(rain)" lang:en'),
        ("c++", '"c++" lang:en'),
        ("rain\\", '"rain" lang:en'),
        ("a\\b", '"a b" lang:en'),
        ("☔", '"☔" lang:en'),
    ],
)
def test_a_word_is_written_so_that_it_stays_a_word(word: str, rule: str) -> None:
    assert values(Filter(word)) == [rule]
    parse(rule)


@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        (Filter("rain", ("snow", "hail stone")), '(rain OR snow OR "hail stone") lang:en'),
        (Filter("rain", ("Rain", "RAIN")), "RAIN lang:en"),
        (Filter("rain", languages=()), "rain"),
        (Filter("rain", languages=("en", "es")), "rain (lang:en OR lang:es)"),
        (Filter("rain", languages=("he", "iw", "id")), "rain (lang:iw OR lang:in)"),
    ],
)
def test_words_and_languages_are_alternatives(wanted: Filter, rule: str) -> None:
    assert values(wanted) == [rule]


terms = st.text(st.characters(max_codepoint=0x1F6FF, exclude_categories=["Cs", "Cc"]), max_size=60)


@given(
    terms,
    st.lists(terms, max_size=30),
    st.lists(st.sampled_from(sorted(LANGUAGES)), max_size=12),
    st.sampled_from([None, "Madrid", "New York", "Bavaria", "Spain", "Fiji", "Rhode Island"]),
)
def test_whatever_is_asked_for_becomes_rules_that_x_takes_and_that_find_it(
    word: str, keywords: list[str], languages: list[str], place: str | None
) -> None:
    found = PLACES.find(place) if place else None
    wanted = Filter(word, tuple(keywords), tuple(languages), found)
    try:
        checked = wanted.checked()
    except FilterError as error:
        with pytest.raises(RuleError, match=re.escape(str(error))):
            rules_for(wanted)
        return
    if not all(tokens(term) for term in checked.terms):
        return  # a sign that X's tokens do not know
    plan = rules_for(wanted)
    assert 1 <= len(plan.rules) <= STREAM.rules
    for value, _ in plan.rules:
        assert len(value) <= STREAM.length
        parse(value)
    spoken = {"he": "iw", "id": "in"}.get(languages[0], languages[0]) if languages else "xx"
    for term in checked.terms:
        said = f"before {term} after"
        if found is None and not term.startswith(("#", "@", "$")):
            assert matches(plan, post(said, spoken.lower()))
            if languages:
                assert not matches(plan, post(said, "xx"))
    if checked.terms:
        assert not matches(plan, post("something else entirely qqq", spoken))


@given(st.text(max_size=200))
def test_no_text_breaks_out_of_its_quotes(text: str) -> None:
    try:
        [value] = values(Filter(f"zebra {text}", languages=()))
    except RuleError:
        return
    inner = value.removeprefix('"').removesuffix('"')
    assert value == f'"{inner}"' or re.fullmatch(r"\w+", value)
    assert '"' not in inner
    assert "\\" not in inner


@pytest.mark.parametrize(
    "word",
    ['rain" OR "sun', "rain) OR (sun", "rain OR sun", "rain\\", "-is:retweet", "from:demo",
     "sample:1", "bounding_box:[1 2 3 4]", "rain lang:es", "[a-z]+", "(a+)+$", "rain~3"],
)  # fmt: skip
def test_operators_in_a_word_ask_for_nothing_more(word: str) -> None:
    try:
        plan = rules_for(Filter(word))
    except RuleError as error:
        assert error.field == "word"  # noqa: PT017
        assert '"' in word
        return
    for unrelated in ("sun", "sun es", "hello"):
        assert not matches(plan, post(unrelated))


@pytest.mark.parametrize("word", ["#rain", "@demo", "$ABC", "heavy rain", "c++", "don't", "50%"])
def test_a_post_that_holds_the_word_is_found(word: str) -> None:
    plan = rules_for(Filter(word))
    assert matches(plan, post(f"Look, {word}!"))
    assert matches(plan, post(f"LOOK, {word.upper()}!"))
    assert not matches(plan, post("nothing of the kind"))


def test_many_keywords_take_several_rules_and_each_finds_its_own() -> None:
    words = tuple(f"word{i:03d} {'x' * 40}" for i in range(100))
    plan = rules_for(Filter(keywords=words))
    assert 4 < len(plan.rules) <= STREAM.rules
    assert all(matches(plan, post(word)) for word in words)


def test_the_longest_filter_still_fits() -> None:
    words = tuple(f"{i:03d} {'x' * 252}" for i in range(99))
    assert len(values(Filter(words[0], words[1:]))) <= STREAM.rules


def test_what_does_not_fit_is_said_before_x_is_asked() -> None:
    words = tuple(f"{i:03d} {'x' * 252}" for i in range(100))
    with pytest.raises(RuleError) as caught:
        rules_for(Filter(keywords=words, languages=tuple(sorted(LANGUAGES)[:40])))
    assert (caught.value.field, caught.value.code) == ("keywords", "too_many")
    with pytest.raises(RuleError) as caught:
        rules_for(Filter("x" * 256, languages=tuple(sorted(LANGUAGES))))
    assert (caught.value.field, caught.value.code) == ("languages", "too_many")


@pytest.mark.parametrize(
    ("place", "payload", "found"),
    [
        ("San Francisco", post_in("San Francisco, CA", "US", -122.52, 37.7, -122.35, 37.84), True),
        ("San Francisco", post_in("Oakland, CA", "US", -122.35, 37.70, -122.11, 37.88), False),
        ("Madrid", post_in("Madrid, Spain", "ES", -3.889, 40.312, -3.518, 40.644), True),
        ("New York", post_in("New York, NY", "US", -74.256, 40.496, -73.70, 40.916), True),
        ("New York", post_in("Manhattan, NY", "US", -74.027, 40.684, -73.91, 40.878), True),
        ("New York", post_in("Brooklyn, NY", "US", -74.042, 40.57, -73.856, 40.739), True),
        ("New York", post_in("Albany, New York", "US", -73.9, 42.6, -73.7, 42.7), False),
        ("London", post_in("London, England", "GB", -0.51, 51.287, 0.334, 51.692), True),
        ("London", post_in("London, Ontario", "CA", -81.39, 42.82, -81.11, 43.07), False),
        ("Phoenix", post_in("Phoenix, AZ", "US", -112.324, 33.29, -111.926, 33.921), True),
        ("Bavaria", post_in("Munich, Bavaria", "DE", 11.36, 48.06, 11.72, 48.25), True),
        ("Bavaria", post_in("Berlin, Germany", "DE", 13.09, 52.34, 13.76, 52.68), False),
        ("Bavaria", post_in("Germany", "DE", 5.87, 47.27, 15.04, 55.06), False),
        ("Kansas", post_in("United States", "US", -124.8, 24.4, -66.9, 49.4), False),
        ("Spain", post_in("Tenerife, Spain", "ES", -16.9, 28.0, -16.1, 28.6), True),
        ("Spain", post_in("Lisbon, Portugal", "PT", -9.23, 38.69, -9.09, 38.8), False),
        ("Fiji", post_in("Taveuni, Fiji", "FJ", -180.0, -17.0, -179.8, -16.7), True),
    ],
)  # fmt: skip
def test_posts_of_a_place_get_through_and_others_do_not(
    place: str, payload: dict[str, Any], found: bool
) -> None:
    for word in ("rain", ""):
        plan = rules_for(Filter(word, place=PLACES.find(place)))
        assert shown(plan, payload) == found


def test_a_point_in_a_city_gets_through_wherever_it_lies() -> None:
    place = PLACES.find("New York")
    plan = rules_for(Filter("rain", place=place))
    for i in range(11):
        for j in range(11):
            lon = place.box.west + (0.001 + 0.998 * i / 10) * place.box.span
            lat = place.box.south + (0.001 + 0.998 * j / 10) * (place.box.north - place.box.south)
            point = {"type": "Point", "coordinates": [lon, lat]}
            payload = post("rain", geo={"coordinates": point})
            assert shown(plan, payload)


def test_a_city_costs_one_rule_and_no_note() -> None:
    for name in ("San Francisco", "Madrid", "New York", "London", "Paris", "Los Angeles"):
        plan = rules_for(Filter("rain", place=PLACES.find(name)))
        assert (len(plan.rules), plan.note) == (1, None)
        assert {rule.inside for rule in plan.rules} == {((PLACES.find(name).box,),)}


def test_a_country_is_asked_for_by_its_code_alone() -> None:
    plan = rules_for(Filter("rain", place=PLACES.find("Spain")))
    assert plan == RulePlan((plan.rules[0],))
    assert plan.rules[0].value == "rain place_country:ES lang:en"


def test_a_region_too_large_for_boxes_is_approximated_and_people_are_told() -> None:
    plan = rules_for(Filter("rain", place=PLACES.find("Bavaria")))
    assert [rule.value for rule in plan.rules] == ["rain place_country:DE lang:en"]
    assert {rule.inside for rule in plan.rules} == {((PLACES.find("Bavaria").box,),)}
    assert plan.note is not None
    assert "Bavaria" in plan.note
    assert "DE" in plan.note


def test_a_large_drawn_box_needs_a_word() -> None:
    drawn = Place("My area", Box(-10, 30, 20, 60))
    plan = rules_for(Filter("rain", place=drawn))
    assert [rule.value for rule in plan.rules] == ["rain has:geo lang:en"]
    assert {rule.inside for rule in plan.rules} == {((drawn.box,),)}
    assert plan.note is not None
    with pytest.raises(RuleError) as caught:
        rules_for(Filter(place=drawn))
    assert (caught.value.field, caught.value.code) == ("place", "too_large")


@pytest.mark.parametrize(
    "box",
    [
        Box(2.35, 48.85, 2.35, 48.85),
        Box(179.9, -17, -179.9, -16.8),
        Box(0, 89.9, 0.1, 90),
        Box(-180, -90, -179.9, -89.9),
        Box(179.99, 0, 180, 0.01),
    ],
)
def test_a_drawn_box_anywhere_becomes_boxes_that_x_takes(box: Box) -> None:
    plan = rules_for(Filter(place=Place("", box)))
    for value, _ in plan.rules:
        parse(value)
    lon, lat = box.centre
    point = {"type": "Point", "coordinates": [lon, lat]}
    assert matches(plan, post("anything", geo={"coordinates": point}))


def test_a_place_s_name_cannot_break_out_of_its_quotes() -> None:
    place = Place('x" OR cats OR "', Box(0, 0, 0.1, 0.1), "ES")
    plan = rules_for(Filter("rain", place=place))
    assert plan.rules[0].value.count('"') == 2
    assert not matches(plan, post("cats"))


def test_words_times_boxes_stay_within_four_rules_or_the_country_is_asked_for() -> None:
    words = tuple(f"word{i:03d} {'x' * 40}" for i in range(60))
    plan = rules_for(Filter(keywords=words, place=PLACES.find("Rhode Island")))
    assert all("place_country:US" in value for value, _ in plan.rules)
    few = rules_for(Filter(keywords=words[:15], place=PLACES.find("Rhode Island")))
    assert 1 < len(few.rules) <= 4
    assert all("bounding_box" in value for value, _ in few.rules)


@pytest.mark.parametrize(
    ("wanted", "rules"),
    [
        (Filter(keywords=("heavy rain",), any_order=True), ["(heavy rain) lang:en"]),
        (Filter("#sun", ("a or b",), any_order=True), ['(#sun OR (a "or" b)) lang:en']),
        (Filter("it's on", languages=(), any_order=True), ['("it\'s" on)']),
        (Filter("rain !", languages=(), any_order=True), ['"rain !"']),
    ],
)
def test_words_that_may_stand_in_any_order(wanted: Filter, rules: list[str]) -> None:
    assert values(wanted) == rules


def test_words_in_any_order_find_posts_that_hold_all_of_them() -> None:
    plan = rules_for(Filter("rain #madrid", any_order=True))
    assert matches(plan, post("In #Madrid there was rain"))
    assert not matches(plan, post("In Madrid there was rain"))
    assert not matches(plan, post("rain"))


HERE, THERE = "geo: -3.8 40.3 -3.6 40.5", "geo: 2.1 41.3 2.2 41.4"


def at(lon: float, lat: float, text: str = "hello", lang: str = "en") -> dict[str, Any]:
    return post(text, lang, geo={"coordinates": {"type": "Point", "coordinates": [lon, lat]}})


def test_a_box_among_the_keywords_is_one_more_way_to_match() -> None:
    plan = rules_for(Filter("rain", (HERE, THERE)))
    words, boxes = (rule.value for rule in plan.rules)
    assert words == "rain lang:en"
    assert boxes.count("bounding_box:") == 2
    assert shown(plan, post("rain"))
    assert shown(plan, at(-3.7, 40.4))
    assert shown(plan, at(2.15, 41.35))
    assert not shown(plan, at(-3.7, 40.4, lang="es"))
    assert matches(plan, at(-3.595, 40.4))  # X's box is wider than ours
    assert not shown(plan, at(-3.595, 40.4))
    assert shown(plan, at(-3.595, 40.4, "rain"))
    assert not shown(plan, post("hello"))


def test_a_box_among_the_keywords_is_looked_for_in_the_place_only() -> None:
    box = "geo: 2 41 2.5 41.6"
    in_city = rules_for(Filter(keywords=(box,), place=PLACES.find("Barcelona")))
    assert shown(in_city, at(2.17, 41.38))
    assert not shown(in_city, at(2.45, 41.05))
    for country, found in (("Spain", True), ("France", False)):
        plan = rules_for(Filter(keywords=(box,), place=PLACES.find(country)))
        [code] = {rule.value.partition("place_country:")[2][:2] for rule in plan.rules}
        assert (code == "ES") is found


def test_a_wide_box_among_the_keywords_is_cut_into_several_rules() -> None:
    plan = rules_for(Filter(keywords=("geo: 9 47.3 13.8 50.5",), languages=()))
    assert 10 < len(plan.rules) <= STREAM.rules
    for value, _ in plan.rules:
        assert len(value) <= STREAM.length
        parse(value)
    for step in range(8):
        assert shown(plan, at(9.01 + 0.68 * step, 47.31 + 0.45 * step))
    assert not shown(plan, at(8.99, 48))
    short = rules_for(Filter(keywords=("geo: 9 47.3 13.8 50.5",)), SEARCH)
    assert max(len(rule.value) for rule in short.rules) <= SEARCH.length


@pytest.mark.parametrize(
    ("keywords", "languages", "field", "code"),
    [
        (("geo: -10 30 20 60",), (), "keywords", "too_large"),
        (("geo: 0 40 8 48",), (), "keywords", "too_many"),
        (tuple(f"geo: {x} 40 {x + 4} 43" for x in range(0, 60, 5)), (), "keywords", "too_many"),
        (("geo: 0 40 1",), (), "keywords", "bad_box"),
    ],
)  # fmt: skip
def test_boxes_that_x_s_rules_cannot_hold_are_refused_with_the_field(
    keywords: tuple[str, ...], languages: tuple[str, ...], field: str, code: str
) -> None:
    with pytest.raises(RuleError) as caught:
        rules_for(Filter(keywords=keywords, languages=languages))
    assert (caught.value.field, caught.value.code) == (field, code)
