"""The accurate model labels what it has time for, the fast one the rest, and no post is lost."""

from collections.abc import Callable

from models import load, load_accurate
from tests.end_to_end.test_streams import running
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 30.0


def test_a_lone_post_is_labelled_accurately_and_a_burst_in_time(
    start_weir: Callable[..., Weir],
) -> None:
    fast, accurate = load().version, load_accurate().version
    settings = {"SENTIMENT_SPEED": "auto", "VIEWER_POSTS_PER_SECOND": "100000"}
    weir = start_weir(**settings, simulator=("--rate", "0", "--rule-delay", "0"))
    upstream = Upstream(weir.simulator_url)
    with Person(weir.url, "ada").sign_in() as ada:
        viewer = ada.watch(running(ada, ada.start(word="the")))
        sent: list[str] = []

        def is_accurate() -> bool:
            sent.extend(upstream.post("the rain is not bad at all"))
            wait_until(lambda: viewer.ids() == sent, SECONDS, "a post alone")
            return bool(viewer.posts[-1]["model"] == accurate)

        wait_until(is_accurate, SECONDS, "a moment in which the machine has time")
        assert viewer.posts[-1]["label"] == "positive"
        sent += upstream.post(*(f"the rain of day {day} is lovely" for day in range(1000)))
        wait_until(lambda: len(viewer.posts) == len(sent), SECONDS, "every post")
        assert sorted(viewer.ids()) == sorted(sent)
        assert {post["model"] for post in viewer.posts} == {fast, accurate}
        [used] = [each for each in ada.call("GET", "/models")["items"] if each["version"] == fast]
        assert used["tagger"] == "sentiment"
