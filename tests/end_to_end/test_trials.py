"""A filter can be tried before it is saved, and the models in use can be asked for."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until

SECONDS = 20.0
SignIn = Callable[[str], Person]


def tried(somebody: Person, **filter_: object) -> dict[str, Any]:
    trial_id = somebody.call("POST", "/try", filter_)["id"]

    def ended() -> dict[str, Any] | None:
        trial: dict[str, Any] = somebody.call("GET", f"/try/{trial_id}")
        return trial if trial["state"] != "running" else None

    return wait_until(ended, SECONDS, "the trial to end")


def ago(seconds: float) -> str:
    moment = datetime.fromtimestamp(time.time() - seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_trial_shows_rules_sample_rate_and_cost(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    for number in range(6):
        upstream.post(f"what a lovely parade, happy {number}", created_at=ago(30))
    trial = tried(ada, word="parade")
    assert trial["state"] == "done", trial
    assert trial["rules"] == ["parade lang:en"]
    assert len(trial["posts"]) == 6
    assert {post["label"] for post in trial["posts"]} == {"positive"}
    assert trial["rate_per_s"] == 0.1
    assert trial["cost_per_day_usd"] == 43.2
    assert trial["cost_usd"] == 0.03
    assert upstream.rules() == []


def test_a_trial_follows_x_to_other_field_names_and_back(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    upstream.post("a regatta", created_at=ago(30))
    for names in ("today", "before"):
        upstream.settings(search_names=names)
        assert [post["text"] for post in tried(ada, word="regatta")["posts"]] == ["a regatta"]


def test_a_trial_of_a_box_samples_it_in_shorter_queries(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    point = {"type": "Point", "coordinates": [-30.4, 51.32]}
    upstream.post("anything", created_at=ago(30), geo={"coordinates": point})
    trial = tried(ada, keywords=["geo: -30.9 51.1 -29.3 51.7"])
    assert trial["state"] == "done", trial
    assert max(map(len, trial["rules"])) > 512
    assert [post["text"] for post in trial["posts"]] == ["anything"]
    assert trial["rate_per_s"] > 0


def test_a_trial_that_x_refuses_says_so(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    upstream.fault("credits_depleted")
    trial = tried(ada, word="parade")
    assert trial["state"] == "failed"
    assert trial["error"]["code"] == "upstream_error"


def test_a_trial_is_nobody_elses(person: SignIn) -> None:
    ada, bob = person("ada"), person("bob")
    trial_id = ada.call("POST", "/try", {"word": "parade"})["id"]
    assert bob.ask("GET", f"/try/{trial_id}").status_code == 404
    assert ada.ask("POST", "/try", {"word": ""}).status_code == 422


def test_the_models_in_use_are_told_with_their_cards(person: SignIn) -> None:
    models = person("ada").call("GET", "/models")["items"]
    assert "sentiment" in {model["tagger"] for model in models}
    assert all(model["version"] and model["card"] for model in models)
