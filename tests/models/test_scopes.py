"""What a denial, a wish or a question does to a word of opinion is a feature of its own."""

from itertools import pairwise
from pathlib import Path

import pytest

import models
from models.explain import explain
from models.labelled_posts import LabelledPost
from models.opinions import opinions_in, read_valences
from models.scopes import BEGINS, mark_scopes, opinions, scopes
from models.tokens import tokens
from models.train import write
from models.tree import Features, Linear, Node, Tree


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("the soup is great", []),
        ("the soup is not great", ["isn't-good"]),
        ("not a great soup", ["not-good"]),
        ("It ISN\u2019T awful", ["isn't-bad"]),
        ("never was the soup there great", ["never…good"]),
        ("never have i had such a great soup", ["never+good"]),
        ("i wish it were great", ["wish-good"]),
        ("it could be great, not awful", ["would-good", "not-bad"]),
        ("no soup, but great bread", []),
        ("the soup is not so great", ["isn't-good"]),
        ("it doesn't look so great", ["don't-good"]),
        ("no work so great day", []),
        ("never felt so great", ["never+good"]),
        ("nobody likes this lovely soup", ["nobody-good"]),
        ("no one would say it is great", ["say…good", "would…good"]),
        ("not many are happy with it", ["nobody-good"]),
        ("less than great", ["not-good"]),
        ("the opposite of great", ["not-good"]),
        ("it could be worse", ["would+bad"]),
        ("too good to be true", ["too-good"]),
        ("too tired to be happy", ["too…good"]),
        ("too great, we will go there again", []),
        ("no cap best soup", []),
        ("zero complaints", ["no-fault"]),
        ("no! great", []),
        ("not soup for a ninth time as we all say great", []),
        ("is it great or awful?", ["?…bad", "?…good"]),
        ("not", []),
        ("far", []),
        ("far from awful", ["not-bad"]),
        ("anything but great", ["not-good"]),
        ("in no way awful", ["not-bad"]),
        ("i can't say it was great", ["say…good"]),
        ("nobody would call it awful", ["say…bad", "would-bad"]),
        ("can't wait, it will be great", []),
        ("no doubt it is great", []),
        ("nothing but great soup", []),
        ("if you like great soup", []),
        ("never felt better", ["never+good"]),
        ("never had such an awful soup", ["never+bad"]),
        ("it couldn't be worse", ["can't+bad"]),
        ("never been so disappointed", ["never+bad"]),
        ("it never disappoints", ["never-fault"]),
    ],
)
def test_the_first_word_of_opinion_that_a_denial_or_a_wish_reaches_is_marked(
    text: str, marks: list[str]
) -> None:
    assert [scope.mark for scope in scopes(tokens(text))] == marks


def test_a_mark_has_the_places_of_its_words() -> None:
    [scope] = scopes("this is not that great today".split())
    assert scope.places == (2, 4)
    [scope] = scopes("i can't really say it is great".split())
    assert scope.places == (1, 3, 6)


def test_what_denies_gives_up_its_words_and_the_pairs_that_end_with_them() -> None:
    words = "i can't say it was great".split()
    pairs = [" ".join(pair) for pair in pairwise(words)]
    found = [*words, *pairs]
    mark_scopes(found, words, lambda scope: scope.mark, "")
    kept = ["i", "it", "was", "say it", "it was"]
    assert list(filter(None, found)) == [*kept, *["say…good"] * 3]


@pytest.mark.parametrize("mark", ["not-good", "never…bad", "can't+good", "?…good"])
def test_no_text_holds_a_mark(mark: str) -> None:
    assert mark not in tokens(mark)


def test_words_of_opinion_are_plain_words_that_neither_deny_nor_name_groups_of_people() -> None:
    held = opinions()
    assert set(held.values()) == {"good", "bad", "fault"}
    assert all(word.isalpha() and word == word.lower() for word in held)
    assert not held.keys() & (BEGINS.keys() | {"gay", "muslim", "refugee", "disabled"})


def test_a_word_is_an_opinion_when_the_model_and_the_posts_agree() -> None:
    spoken = {"wonderful": 0.9, "awful": 0.1, "table": 0.9, "gay": 0.1, "great": 0.1}
    posts = [
        LabelledPost(f"{word}{number}", "?", f"{word} thing", "x")
        for word in spoken
        for number in range(15)
    ]
    good = {post.id: spoken[post.text.split()[0]] for post in posts}
    shares = {post_id: (1 - share, 0.0, share) for post_id, share in good.items()}
    posts.append(LabelledPost("new", "?", "table", "x"))
    found = opinions_in(posts, shares, models.load_accurate(), {})
    assert found == {"wonderful": "good", "awful": "bad"}


def test_a_rare_word_is_an_opinion_when_a_lexicon_and_the_model_agree(tmp_path: Path) -> None:
    lexicon = tmp_path / "lexicon.txt"
    words = {"comfortable": 2.1, "regrets": -1.9, "horrible": 2.0, "good": 0.5}
    lexicon.write_text("".join(f"{word}\t{of}\t0.5\t[1]\n" for word, of in words.items()))
    found = opinions_in([], {}, models.load_accurate(), read_valences(lexicon))
    assert found == {"comfortable": "good", "regrets": "bad"}


def test_a_denial_is_learned_for_words_that_training_never_saw_denied(tmp_path: Path) -> None:
    good, bad = ("great", "lovely", "perfect", "superb"), ("awful", "horrible", "nasty", "ugly")
    texts = [(f"the soup is {word}", "positive") for word in good]
    texts += [(f"the soup is {word}", "negative") for word in bad]
    texts += [(f"the soup is not {word}", "negative") for word in good[:3]]
    texts += [(f"the soup is not {word}", "positive") for word in bad[:3]]
    rows = [LabelledPost(str(n), label, text, "x") for n, (text, label) in enumerate(texts * 20)]
    features = Features(words=2, min_count=2, scopes=True)
    children: dict[str, Node | None] = {"negative": None, "positive": None}
    write(Tree(Node("sentiment", children, features, Linear(c=100.0))), rows, {}, tmp_path)
    model = models.load(tmp_path)
    said = model.predict(["the soup is not superb", "the soup is not ugly", "the soup is superb"])
    assert [each.label for each in said] == ["negative", "positive", "positive"]
    # Without the denial the mark goes too, so that its weight is a reason.
    reasons = {each.token: each.towards for each in explain(model, "the soup is not superb")}
    assert reasons["not"] == "negative"
