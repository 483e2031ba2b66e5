"""The two clients in docs/clients.md run as they stand."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.settings import ROOT
from tests.end_to_end.test_streams import running
from tests.rig.person import Person
from tests.rig.programs import require
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 20.0
MODULES = ROOT / "web" / "client" / "node_modules"
SignIn = Callable[[str], Person]


def example(language: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs/clients.md").read_text(), re.S)
    assert len(blocks) == 1
    return str(blocks[0])


@pytest.mark.parametrize("language", ["js", "python"])
def test_an_example_client_shows_posts_with_labels(
    language: str, quiet: Weir, person: SignIn, upstream: Upstream, tmp_path: Path
) -> None:
    program = tmp_path / ("client.js" if language == "js" else "client.py")
    program.write_text(example(language))
    assert len([line for line in example(language).splitlines() if line]) <= 26
    interpreter = require("node") if language == "js" else sys.executable
    ada = person("ada")
    stream_id = running(ada, ada.start(word="lighthouse"))
    token = ada.call("POST", "/tokens", {"name": "example"})["token"]
    before = upstream.post("a lighthouse, before")
    wait_until(
        lambda: ada.call("GET", f"/streams/{stream_id}")["totals"]["posts"], SECONDS, "the post"
    )
    env = {"WEIR_URL": quiet.url, "WEIR_TOKEN": token, "WEIR_STREAM": stream_id}
    env |= {"PATH": os.environ["PATH"], "NODE_PATH": str(MODULES)}
    quiet.processes.start(f"client-{language}", [interpreter, str(program)], env)

    def shown() -> str:
        return quiet.processes.output(f"client-{language}")

    wait_until(lambda: "a lighthouse, before" in shown(), SECONDS, "the recent post")
    upstream.post("I love this lighthouse, wonderful")
    wait_until(
        lambda: "positive: I love this lighthouse" in shown(), SECONDS, "the live post with label"
    )
    assert before
    quiet.processes.kill(f"client-{language}")
    name = f"mistaken-{language}"
    quiet.processes.start(name, [interpreter, str(program)], env | {"WEIR_STREAM": "abc"})
    quiet.processes.wait(name, SECONDS)
    assert quiet.processes.output(name).splitlines() == ["you have no such stream"]
