"""The built page: what is committed is what the sources build, and it is small."""

import gzip
import subprocess

from streams.settings import ROOT
from tests.rig.programs import require

STATIC = ROOT / "web" / "static"
CLIENT = ROOT / "web" / "client"
MOST_KIB = 160


def test_what_is_committed_is_what_the_sources_build_and_its_unit_tests_pass() -> None:
    npm = require("npm")
    done = subprocess.run(
        [ROOT / "bin" / "build-client", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([npm, "test"], cwd=CLIENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scripts_are_small_with_the_map() -> None:
    parts = [*STATIC.glob("*.js"), STATIC / "countries-110m.json"]
    size = sum(len(gzip.compress(part.read_bytes(), mtime=0)) for part in parts)
    assert size <= MOST_KIB * 1024


def test_the_page_holds_no_inline_script_or_style() -> None:
    page = (STATIC / "index.html").read_text()
    assert "<style" not in page
    assert " style=" not in page
    assert page.count("<script") == page.count('<script type="module" crossorigin src=')
