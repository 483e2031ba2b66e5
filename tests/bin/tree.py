"""A copy of the project in a folder of its own, and what can be seen of what runs from it."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from streams.settings import ROOT
from tests.rig.environment import clean

LEFT_OUT = {".venv", ".git", "data", ".env", "tests"}
LEFT_OUT_ANYWHERE = {"__pycache__", "node_modules"}
TOOLS = ("sh", "dirname", "cat", "env", "sleep")


def copy_project(folder: Path) -> Path:
    """Copy what a clone holds into `folder`, which has a space in its name."""
    tree = folder / "a clone"

    def left_out(path: str, names: list[str]) -> set[str]:
        caches = {name for name in names if name.startswith(".") and name.endswith("_cache")}
        return caches | LEFT_OUT_ANYWHERE | (LEFT_OUT if Path(path) == ROOT else set())

    shutil.copytree(ROOT, tree, ignore=left_out)
    return tree


def bare_path(folder: Path) -> Path:
    """Make a folder for PATH with Python and a few tools in it: no Redis, no Node."""
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool) or tool)
    python = folder / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.base_prefix}/bin/python3" "$@"\n')
    python.chmod(0o755)
    return folder


def environment(tree: Path, *, path: Path, **settings: str) -> dict[str, str]:
    """Return what `bin/run` is started with: free ports and, unless told, `data` in the tree."""
    given = {"DATA_DIR": str(tree / "data"), **settings}
    network = {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))
    }
    env = clean(Path(given.pop("DATA_DIR")), **given)
    return {**network, **env, "PATH": str(path)}


def running(tree: Path) -> list[str]:
    """List the processes that run from the tree, ended ones that nobody waited for left out."""
    asked = ["ps", "-A", "-ww", "-o", "pid=,stat=,command="]
    lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if _is_of(line, tree) and line.split()[1][0] != "Z"]


def _is_of(line: str, tree: Path) -> bool:
    """Return whether a process names the tree or, where the system tells, works in it."""
    if str(tree) in line:
        return True
    with suppress(OSError):
        return Path(f"/proc/{line.split()[0]}/cwd").readlink() == tree
    return False
