"""`bin/prepare`: from an empty folder, a second time, moved, and on a Python that is too old."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from streams.settings import ROOT
from tests.bin.conftest import StartedRun
from tests.bin.tree import copy_project, environment, running
from tests.rig.processes import Processes


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without any package, so that only the virtual environment takes time."""
    project = tmp_path / "a project"
    (project / "bin").mkdir(parents=True)
    for name in ("prepare", "prepare.py"):
        shutil.copy(ROOT / "bin" / name, project / "bin")
    (project / "requirements.txt").write_text("# nothing\n")
    return project


def prepare(project: Path, path: Path, *names: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [project / "bin" / "prepare", *names],
        env={"PATH": str(path), "HOME": str(project)},
        capture_output=True,
        text=True,
    )


def test_it_is_done_once_and_again_after_a_change_or_a_move(project: Path, path: Path) -> None:
    first = prepare(project, path, "requirements.txt")
    assert (first.returncode, "Making .venv" in first.stdout) == (0, True), first.stderr
    assert prepare(project, path, "requirements.txt").stdout == ""

    (project / "requirements.txt").write_text("# nothing at all\n")
    changed = prepare(project, path, "requirements.txt").stdout
    assert "Installing" in changed
    assert "Making .venv" not in changed

    moved = project.rename(project.with_name("elsewhere"))
    assert "Making .venv" in prepare(moved, path, "requirements.txt").stdout
    assert prepare(moved, path, "requirements.txt").stdout == ""


def test_a_package_without_its_hash_is_not_installed(project: Path, path: Path) -> None:
    (project / "requirements.txt").write_text("six==1.16.0\n")
    refusal = prepare(project, path, "requirements.txt")
    assert refusal.returncode == 2
    assert "could not be installed" in refusal.stderr
    assert prepare(project, path, "requirements.txt").returncode == 2


def test_a_python_that_is_too_old_is_one_clear_line(project: Path, path: Path) -> None:
    (path / "python3").write_text("#!/bin/sh\nexit 1\n")
    refusal = prepare(project, path, "requirements.txt")
    assert refusal.returncode == 2
    assert refusal.stderr == "Weir needs Python 3.11 or later on PATH, and none was found\n"
    assert not (project / ".venv").exists()


@pytest.mark.slow
def test_an_empty_folder_serves_after_one_command(
    tmp_path: Path, path: Path, processes: Processes
) -> None:
    tree = copy_project(tmp_path)
    run = StartedRun(tree, processes, environment(tree, path=path))
    run.wait_ready(400)
    assert "Installing" in run.says()
    os.kill(run.pid, signal.SIGINT)
    assert run.wait() == 0
    assert running(tree) == []
