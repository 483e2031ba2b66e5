"""The pages of reference hold what the code holds."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from streams.settings import ROOT, Settings
from streams.settings.reference import reference
from tests.docs.codes import codes, page
from workers.agent import last_heard
from workers.captures.maintenance import repair
from workers.collector import backfill_plan, ceiling, gap_tracker
from workers.control import placement
from workers.sources.bluesky import source as bluesky
from workers.sources.x.pacing import _REFUSALS

PAGES = sorted(
    str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
)
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def named_in(page_name: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", page(page_name)))


def test_the_configuration_page_is_made_from_the_settings() -> None:
    assert page("configuration.md") == reference()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.title] == []


def test_every_fault_is_explained_in_troubleshooting() -> None:
    found = codes("Fault", "RecordingError") | {code for code, _ in _REFUSALS.values()}
    assert len(found) > 20
    assert found - named_in("troubleshooting.md") == set()


def test_every_error_of_the_api_is_explained_in_troubleshooting() -> None:
    found = codes("ApiError", "FilterError")
    assert len(found) > 60
    assert found - named_in("troubleshooting.md") == set()


def test_every_reason_of_a_gap_is_explained_in_troubleshooting() -> None:
    section = (
        page("troubleshooting.md").partition("## Reasons of gaps")[2].partition("## Errors")[0]
    )
    explained = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert explained == {
        gap_tracker.STARTING,
        gap_tracker.DISCONNECTED,
        gap_tracker.RESTARTED,
        gap_tracker.CUT_OFF,
        placement.MACHINE_AWAY,
        last_heard.REASON,
        repair.REASON,
        bluesky.NO_EVENT,
    }


def test_everything_that_a_filled_gap_may_lack_is_explained_in_troubleshooting() -> None:
    section = page("troubleshooting.md").partition("## What a filled gap lacks")[2]
    section = section.partition("\n## ")[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert explained == {
        "reposts",
        "deleted_since",
        "no_query",
        ceiling.SPENT_CODE,
        backfill_plan.BUDGET_SPENT,
        backfill_plan.OTHER_SOURCES,
        backfill_plan.TOO_OLD,
    }


@pytest.mark.parametrize(
    ("program", "wrong"),
    [
        ("workers.agent", ["--configfile", "nowhere.json"]),
        ("streams.store.migrate", ["--back-to", "nowhere"]),
        ("simulator", ["--port", "nowhere"]),
    ],
)
def test_a_wrong_argument_ends_a_program_with_the_status_in_troubleshooting(
    program: str, wrong: list[str], tmp_path: Path
) -> None:
    row = next(
        line
        for line in page("troubleshooting.md").splitlines()
        if line.startswith(f"| `python -m {program}")
    )
    assert re.search("bad arguments|cannot be used|wrong flag", row.split("|")[4])
    ran = subprocess.run(
        [sys.executable, "-m", program, *wrong],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False), ran.stderr


@pytest.mark.parametrize("name", PAGES)
def test_every_link_to_a_file_leads_somewhere(name: str) -> None:
    source = ROOT / name
    for target, _ in LINK.findall(source.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (source.parent / target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize("name", PAGES)
def test_every_module_that_a_page_names_exists(name: str) -> None:
    text = (ROOT / name).read_text()
    ours = "(?:web|workers|streams|models|simulator|bin|tests)"
    for path in re.findall(rf"`({ours}/[\w./-]+)`", text):
        assert (ROOT / path).exists(), f"{name} names {path}"
    for module in re.findall(rf"python -m ({ours}[\w.]*)", text):
        path = ROOT / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").exists(), f"{name} names {module}"


def test_the_settings_print_their_own_page() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "streams.settings"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == page("configuration.md")


def test_every_threat_has_a_test_that_exists() -> None:
    rows = page("security.md").partition("## Threats")[2].partition("## Known")[0].splitlines()
    threats = [row for row in rows if row.startswith("| ")][1:]
    assert len(threats) > 20
    for row in threats:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row.split("|")[3])
        assert named, row
        for path, test in named:
            assert f"def {test}(" in (ROOT / path).read_text(), f"{path} has no {test}"
