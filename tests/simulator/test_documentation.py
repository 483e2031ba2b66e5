"""The examples of docs/simulator.md do what the page says."""

import re
import subprocess

from simulator.faults import KINDS
from streams.settings import ROOT
from tests.rig.programs import require
from tests.simulator.double import Double

PAGE = ROOT / "docs" / "simulator.md"


def test_every_example_works(double: Double) -> None:
    require("curl")
    double.control("POST", "rate", json={"posts_per_second": 100})
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) >= 7
    script = "set -eu\n" + "".join(blocks).replace("http://127.0.0.1:5100", double.base)
    ran = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert '"tag":"drinks"' in ran.stdout
    assert '"matching_rules"' in ran.stdout
    assert '"error"' not in ran.stdout


def test_every_fault_and_setting_is_explained(double: Double) -> None:
    page = PAGE.read_text()
    for name in double.control("GET", "settings"):
        assert f"`{name}`" in page, name

    for kind in KINDS:
        assert f"`{kind}`" in page, kind
