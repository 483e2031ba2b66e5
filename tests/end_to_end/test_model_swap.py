"""Taggers take up a new model while posts flow: no restart, no post lost, the version on each."""

import shutil
from collections.abc import Callable
from pathlib import Path

from models.artefact import exchange_previous
from models.labelled_posts import LabelledPost
from models.model import SHIPPED
from models.train import write
from models.tree import one_question
from tests.end_to_end.test_streams import running
from tests.models.posts import posts, tree
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 30.0


def models(somebody: Person, tagger: str) -> list[str]:
    found = somebody.call("GET", "/models")["items"]
    return [each["version"] for each in found if each["tagger"] == tagger]


def test_a_new_model_is_taken_up_while_posts_flow(
    start_weir: Callable[..., Weir], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(SHIPPED, folder)
    words = ("--rate", "0", "--rule-delay", "0")
    weir = start_weir(MODEL_DIR=str(folder), simulator=words)
    upstream = Upstream(weir.simulator_url)
    with Person(weir.url, "ada").sign_in() as ada:
        stream_id = running(ada, ada.start(word="the"))
        viewer = ada.watch(stream_id)
        sent = upstream.post("the rain is lovely")
        wait_until(lambda: viewer.ids() == sent, SECONDS, "a post of the first model")
        first = viewer.posts[0]["model"]
        write(tree(), posts(), {"itself": posts()}, folder)

        def taken_up() -> bool:
            sent.extend(upstream.post("the bus is lovely", "the match was here"))
            return bool(viewer.posts[-1]["model"] != first)

        wait_until(taken_up, SECONDS, "a post of the second model")
        wait_until(lambda: len(viewer.posts) == len(sent), SECONDS, "every post")
        assert viewer.ids() == sent
        versions = [post["model"] for post in viewer.posts]
        assert versions == sorted(versions, key=lambda version: version != first)
        wait_until(
            lambda: models(ada, "sentiment") == [versions[-1], first], SECONDS, "both models"
        )

        topic = weir.data_dir / "taggers" / "topic"
        labels = {"weather": "the rain is lovely", "sport": "the match was here"}
        rows = [
            LabelledPost(f"{n}", name, f"{text} {n}", "x")
            for name, text in labels.items()
            for n in range(9)
        ]
        older = write(one_question("topic", labels), rows, {}, topic)
        wait_until(lambda: models(ada, "topic") == [older.version], SECONDS, "the new tagger")
        ada.call("PATCH", f"/streams/{stream_id}", {"plan": {"taggers": ["topic", "emotion"]}})

        def labelled_by(version: str) -> bool:
            sent.extend(upstream.post("the rain is lovely"))
            labels = viewer.posts[-1].get("labels", {})
            return bool(labels.get("topic", {}).get("model") == version)

        wait_until(lambda: labelled_by(older.version), SECONDS, "a label of the new tagger")
        last = viewer.posts[-1]["labels"]
        assert (last["topic"]["label"], set(last)) == ("weather", {"sentiment", "topic", "emotion"})
        newer = write(one_question("topic", labels), rows[::2], {}, topic)
        wait_until(lambda: labelled_by(newer.version), SECONDS, "a label of the newer model")
        exchange_previous(topic)
        wait_until(lambda: labelled_by(older.version), SECONDS, "a label of the older model")
        wait_until(lambda: viewer.ids() == sent, SECONDS, "every post")

        (folder / "manifest.json").write_text("{}")
        sent.extend(upstream.post("the rain again"))
        wait_until(lambda: viewer.ids() == sent, SECONDS, "a post after a broken model")
        assert viewer.posts[-1]["model"] == versions[-1]
