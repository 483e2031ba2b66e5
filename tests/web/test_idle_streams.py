"""A stream of the existing dashboard ends when nobody has watched it for a while."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.web.person import OldClient, Person
from tests.web.site import Site
from tests.web.viewing import Viewer

Connect = Callable[..., Viewer]


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey) -> Iterator[Site]:
    """A site that stops such a stream after a second and a half."""
    folder = tmp_path_factory.mktemp("impatient")
    with Processes(folder / "output") as processes:
        yield Site(processes, folder, valkey_server.url, LEGACY_IDLE_MINUTES="0.025")


def test_it_stops_after_the_last_viewer_left_and_says_so(impatient: Site, connect: Connect) -> None:
    watched, unwatched = OldClient(impatient), OldClient(impatient)
    viewer = connect(watched)
    first, second = (each.start().json()["stream"] for each in (watched, unwatched))
    others = Person(impatient).stream(running=True)
    owner, other = (Person(impatient, each.username) for each in (watched, unwatched))

    def shown(who: Person, stream: str) -> dict[str, Any]:
        found: dict[str, Any] = who.call("GET", f"/streams/{stream}").json()
        return found

    wait_until(lambda: shown(other, second)["wanted"] == "stopped", 20, "the end of the stream")
    assert shown(owner, first)["wanted"] == "running"
    note = shown(other, second)["status"]["note"]
    assert note == "Weir stopped this stream because nobody had watched it for 0.025 minutes."
    assert f"stopping stream {second}" in impatient.output()
    viewer.close()
    wait_until(lambda: shown(owner, first)["wanted"] == "stopped", 20, "the end of the other")
    assert ("weir.stop_stream", [first]) in impatient.tasks()
    assert others not in impatient.output()
    connect(watched)
    watched.start()
    watched.stop()
    assert shown(owner, first)["status"]["note"] is None
