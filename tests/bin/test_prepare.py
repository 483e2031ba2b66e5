"""`bin/prepare`: from an empty folder, a second time, moved, and on a Python that is too old."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from streams.settings import ROOT
from tests.bin.conftest import StartedRun
from tests.bin.tree import bare_path, copy_project, environment, running
from tests.rig.processes import Processes


def project_in(folder: Path) -> Path:
    """Make a project without any package."""
    project = folder / "a project"
    (project / "bin").mkdir(parents=True)
    for name in ("prepare", "prepare.py"):
        shutil.copy(ROOT / "bin" / name, project / "bin")
    (project / "requirements.txt").write_text("# nothing\n")
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is prepared; only its virtual environment took time, once for all tests."""
    folder = tmp_path_factory.mktemp("project")
    project = project_in(folder)
    first = prepare(project, bare_path(folder / "path"), "requirements.txt")
    assert (first.returncode, "Making .venv" in first.stdout) == (0, True), first.stderr
    return project


def prepare(project: Path, path: Path, *names: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [project / "bin" / "prepare", *names],
        env={"PATH": str(path), "HOME": str(project)},
        capture_output=True,
        text=True,
    )


def test_it_is_done_once_and_again_after_a_change_or_a_move(project: Path, path: Path) -> None:
    (project / "requirements.txt").write_text("# nothing at all\n")
    changed = prepare(project, path, "requirements.txt").stdout
    assert "Installing" in changed
    assert "Making .venv" not in changed
    assert prepare(project, path, "requirements.txt").stdout == ""

    moved = shutil.copytree(project, project.with_name("elsewhere"), symlinks=True)
    assert "Making .venv" in prepare(moved, path, "requirements.txt").stdout
    assert prepare(moved, path, "requirements.txt").stdout == ""


def test_a_package_without_its_hash_is_not_installed(project: Path, path: Path) -> None:
    (project / "requirements.txt").write_text("six==1.16.0\n")
    refusal = prepare(project, path, "requirements.txt")
    assert refusal.returncode == 2
    assert "could not be installed" in refusal.stderr
    assert prepare(project, path, "requirements.txt").returncode == 2


def test_a_python_that_is_too_old_is_one_clear_line(tmp_path: Path, path: Path) -> None:
    project = project_in(tmp_path)
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
