"""The rule language: what it takes, what it refuses, and how it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.grammar import All, Node, RuleSyntaxError, Some, Term, parse


def word(value: str, negated: bool = False) -> Term:
    return Term("word", value, negated)


@pytest.mark.parametrize(
    ("rule", "tree"),
    [
        ("cat", word("cat")),
        ('"coca cola"', word("coca cola")),
        ('"social media"~5', Term("word", "social media", within=5)),
        ("😀", word("😀")),
        ("#Rain", Term("#", "rain")),
        ("@Demo_1", Term("@", "demo_1")),
        ("$TWTR", Term("$", "twtr")),
        ("from:Demo", Term("from", "demo")),
        ('place:"New York City"', Term("place", "new york city")),
        ("cat dog", All((word("cat"), word("dog")))),
        ("cat OR dog", Some((word("cat"), word("dog")))),
        ("a OR b c", Some((word("a"), All((word("b"), word("c")))))),
        ("a b OR c", Some((All((word("a"), word("b"))), word("c")))),
        ("(a OR b) c", All((Some((word("a"), word("b"))), word("c")))),
        ("((a))", word("a")),
        ("cat -dog", All((word("cat"), word("dog", True)))),
        ("cat -is:retweet", All((word("cat"), Term("is", "retweet", True)))),
        ("cat -is:nullcast", All((word("cat"), Term("is", "nullcast", True)))),
        ("cat lang:en has:geo", All((word("cat"), Term("lang", "en"), Term("has", "geo")))),
        ("(a OR b)(c OR d)", All((Some((word("a"), word("b"))), Some((word("c"), word("d")))))),
        (
            "bounding_box:[-3.889 40.312 -3.518 40.644]",
            Term("bounding_box", "-3.889 40.312 -3.518 40.644"),
        ),
        ("point_radius:[-3.7 40.4 16km]", Term("point_radius", "-3.7 40.4 16km")),
        (
            "cat (has:images OR lang:en)",
            All((word("cat"), Some((Term("has", "images"), Term("lang", "en"))))),
        ),
        ("don't", word("don't")),
    ],
)
def test_a_rule_is_read_as_x_reads_it(rule: str, tree: Node) -> None:
    assert parse(rule) == tree


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("lang:en", "standalone"),
        ("has:geo", "standalone"),
        ("sample:5", "standalone"),
        ("-cat", "standalone"),
        ("-cat -dog", "standalone"),
        ("has:links OR is:retweet", "standalone"),
        ("cat OR lang:en", "standalone"),
        ("cat OR -dog", "standalone"),
        ("skiing -(snow OR day)", "Negation of a group"),
        ("cat is:nullcast", "must be negated"),
        ("cat -sample:5", "cannot be negated"),
        ("cat sample:0", "1 to 100"),
        ("cat sample:101", "1 to 100"),
        ("foo:bar", "invalid operator 'foo'"),
        ("cat has:wings", "invalid operator 'has:wings'"),
        ("cat is:tall", "invalid operator 'is:tall'"),
        ("cat lang:", "needs a value"),
        ("cat lang:english", "Invalid language"),
        ("place_country:GBR", "two-letter"),
        ("from:a-b", "Invalid user"),
        ("(cat", "missing ')'"),
        ("cat)", "extraneous"),
        ("()", "no viable alternative"),
        ("OR cat", "no viable alternative"),
        ("cat OR", "no viable alternative"),
        ("cat OR OR dog", "no viable alternative"),
        ("cat -", "no viable alternative"),
        ("- cat", "no viable alternative"),
        ("cat --dog", "no viable alternative"),
        ('"cat', "quotation mark"),
        ('""', "must contain a word"),
        ('"!!!"', "must contain a word"),
        ("coca-cola", "quotation marks"),
        ("rain,snow", "no viable alternative"),
        ("rock and roll", "Ambiguous use of and"),
        ("cat or dog", "Ambiguous use of or"),
        ('"a b"~7', "Proximity"),
        ('"a b"~0', "Proximity"),
        ("embedding:cats", "access level"),
        ("bounding_box:[1 2 3]", "west_long"),
        ("bounding_box:[a b c d]", "west_long"),
        ("bounding_box:-3", "kind of value"),
        ("cat lang:[en]", "kind of value"),
        ("bounding_box:[-3.5 40.3 -3.9 40.6]", "south-west"),
        ("bounding_box:[-190 40.3 -189.9 40.4]", "longitudes"),
        ("bounding_box:[-3.9 91 -3.8 92]", "latitudes"),
        ("bounding_box:[nan 40.3 -3.9 40.6]", "longitudes"),
        ("bounding_box:[-74.256 40.496 -73.700 40.916]", "25 miles"),
        ("point_radius:[-3.7 40.4 25mi]", "25 miles"),
        ("point_radius:[-3.7 40.4 41km]", "25 miles"),
        ("point_radius:[-3.7 40.4 16]", "km or mi"),
        ("point_radius:[-3.7 140.4 16km]", "globe"),
        ("(" * 60 + "a" + ")" * 60, "nested too deeply"),
        ("\x00", "no viable alternative"),
    ],
)
def test_a_rule_that_x_refuses_is_refused_with_a_reason_and_a_position(
    rule: str, reason: str
) -> None:
    with pytest.raises(RuleSyntaxError) as refusal:
        parse(rule)
    assert reason in str(refusal.value)
    assert "(at position " in str(refusal.value)


def test_the_position_is_that_of_the_fault_counted_from_one() -> None:
    with pytest.raises(RuleSyntaxError, match=r"'foo' \(at position 5\)"):
        parse("cat foo:bar")


words = st.sampled_from(["cat", "rain", "größe", "日本", "😀", "x1"]).map(word)
terms = st.one_of(
    words,
    st.sampled_from(
        [
            Term("#", "tag"),
            Term("from", "demo"),
            Term("lang", "en"),
            Term("has", "geo"),
            Term("is", "retweet", True),
            Term("word", "dog", True),
            Term("word", "two words", within=3),
            Term("word", "coca-cola"),
        ]
    ),
)
trees = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda p: All(tuple(p))),
        st.lists(inner, min_size=2, max_size=3).map(lambda p: Some(tuple(p))),
    ),
    max_leaves=12,
)


def written(node: Node) -> str:
    """Write a tree back as a rule."""
    if isinstance(node, All | Some):
        joint = " " if isinstance(node, All) else " OR "
        return "(" + joint.join(map(written, node.parts)) + ")"
    sign = "-" if node.negated else ""
    if node.operator == "word":
        near = f"~{node.within}" if node.within else ""
        return f'{sign}"{node.value}"{near}'
    mark = node.operator if node.operator in "#@$" else f"{node.operator}:"
    return f"{sign}{mark}{node.value}"


@given(trees)
def test_what_is_written_out_is_read_back(tree: Node) -> None:
    anchored = All((word("anchor"), tree))
    assert parse(f"anchor {written(tree)}") == anchored


def refused_or_read(text: str) -> bool:
    try:
        return parse(text) is not None
    except RuleSyntaxError as error:
        return "(at position " in str(error)


@given(st.text(max_size=80))
def test_any_text_is_a_rule_or_a_rule_error(text: str) -> None:
    assert refused_or_read(text)


@given(st.text(alphabet='ab"()-: OR#[]~1lang', max_size=40))
def test_any_text_of_the_languages_own_signs_is_a_rule_or_a_rule_error(text: str) -> None:
    assert refused_or_read(text)
