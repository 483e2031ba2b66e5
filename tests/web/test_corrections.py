"""Corrections: labels that people put right, their history, their table, and their end."""

from typing import Any

import pytest
import requests

from models.labelled_posts import read_posts
from tests.web.person import Person
from tests.web.site import Site

SHOWN = {"post_id": "1", "text": "oh great,\tanother\ndelay", "before": "positive", "model": "1.a"}


def correct(person: Person, stream: str, label: str, **fields: Any) -> requests.Response:
    body = {**SHOWN, "label": label, **fields}
    return person.call("POST", f"/streams/{stream}/corrections", json=body)


def table(person: Person, tmp_path: Any) -> list[tuple[str, str, str]]:
    answer = person.call("GET", "/corrections?tagger=sentiment")
    assert answer.status_code == 200
    assert "corrections-sentiment.tsv" in answer.headers["Content-Disposition"]
    path = tmp_path / "corrections.tsv"
    path.write_bytes(answer.content)
    return [(row.id, row.label, row.text) for row in read_posts(path)]


def test_the_newest_correction_counts_and_every_one_is_kept(person: Person, tmp_path: Any) -> None:
    stream = person.stream()
    made = correct(person, stream, "neutral")
    assert made.status_code == 201
    assert (made.json()["before"], made.json()["model"]) == ("positive", "1.a")
    assert correct(person, stream, "negative").json()["before"] == "neutral"
    correct(person, stream, "positive", post_id="2", text="so happy", before="neutral")
    listed = person.call("GET", f"/streams/{stream}/corrections?limit=2").json()
    assert (listed["total"], listed["next"]) == (3, 2)
    assert [(each["post_id"], each["label"]) for each in listed["items"]] == [
        ("2", "positive"),
        ("1", "negative"),
    ]
    assert table(person, tmp_path) == [
        ("1", "negative", "oh great, another delay"),
        ("2", "positive", "so happy"),
    ]


def test_a_deleted_post_takes_its_corrections_along(person: Person, tmp_path: Any) -> None:
    stream = person.stream()
    correct(person, stream, "neutral")
    correct(person, stream, "neutral", post_id="2", author_id="42")
    correct(person, stream, "neutral", post_id="3")
    orders = {"ids": ["1"], "authors": ["42"], "reason": "asked"}
    assert person.call("POST", "/deletions", json=orders).status_code == 202
    assert [row[0] for row in table(person, tmp_path)] == ["3"]


def test_another_account_neither_corrects_nor_reads_nor_deletes_them(
    site: Site, person: Person, tmp_path: Any
) -> None:
    stranger, stream = Person(site), person.stream()
    correct(person, stream, "neutral")
    assert correct(stranger, stream, "negative").status_code == 404
    assert stranger.call("GET", f"/streams/{stream}/corrections").status_code == 404
    assert len(stranger.call("GET", "/corrections").text.splitlines()) == 1
    stranger.call("POST", "/deletions", json={"ids": ["1"], "reason": "asked"})
    assert len(table(person, tmp_path)) == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"label": "joyful"}, "unknown_label"),
        ({"label": "joy", "tagger": "nothing"}, "unknown_label"),
        ({"text": ""}, "invalid"),
        ({"post_id": "x" * 201}, "invalid"),
        ({"tagger": "../x"}, "invalid"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(
    person: Person, fields: dict[str, str], code: str
) -> None:
    refused = correct(person, person.stream(), **{"label": "neutral", **fields})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)
