"""A running process takes up a new artefact by itself, and never a broken one."""

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import models
from models.artefact import MANIFEST, load_artefact, save_artefact
from models.train import write
from models.tree import Linear
from tests.models.posts import posts, tree

TEXTS = ["my coffee is lovely :)", "the rain is awful", "the bus starts at ten"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two artefacts of different versions."""
    folders = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    for folder, c in zip(folders, (1.0, 2.0), strict=True):
        write(tree(Linear(c)), posts(), {}, folder)
    return folders


@pytest.fixture
def live(pair: tuple[Path, Path], tmp_path: Path) -> Path:
    """A folder with the first artefact, to be replaced."""
    return Path(shutil.copytree(pair[0], tmp_path / "live"))


def put(source: Path, into: Path) -> str:
    """Publish the artefact of `source` in `into` the way training does; its version."""
    manifest, weights = load_artefact(source)
    return save_artefact(
        into, manifest.tree, weights, manifest.metrics, manifest.data, manifest.libraries
    ).version


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_the_same_model_is_kept_while_nothing_changes(live: Path) -> None:
    current = models.ModelReloader(live, check_every=0)
    assert current.model() is current.model()


def test_a_new_artefact_is_taken_up(live: Path, pair: tuple[Path, Path]) -> None:
    current = models.ModelReloader(live, check_every=0)
    before = current.model().version
    new = put(pair[1], live)
    assert current.model().version == new != before


def test_the_folder_is_left_alone_between_checks(live: Path, pair: tuple[Path, Path]) -> None:
    current = models.ModelReloader(live, check_every=3600)
    before = current.model().version
    assert put(pair[1], live) != before
    assert current.model().version == before


def test_a_broken_artefact_is_refused_once_and_mended_by_the_next(
    live: Path, pair: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    current = models.ModelReloader(live, check_every=0)
    old = current.model()
    (live / MANIFEST).write_text("{}")
    with caplog.at_level(logging.ERROR):
        assert [current.model() for _ in range(5)] == [old] * 5
    assert len(caplog.records) == 1
    assert "new model refused, kept model" in caplog.text
    assert put(pair[1], live) == current.model().version


def test_a_folder_that_vanishes_leaves_the_old_model(live: Path) -> None:
    current = models.ModelReloader(live, check_every=0)
    old = current.model()
    shutil.rmtree(live)
    assert current.model() is old


def test_without_a_valid_artefact_there_is_nothing_to_start_with(tmp_path: Path) -> None:
    with pytest.raises(models.ArtefactError):
        models.ModelReloader(tmp_path)


def test_threads_lose_no_batch_while_artefacts_are_swapped(
    live: Path, pair: tuple[Path, Path]
) -> None:
    current = models.ModelReloader(live, check_every=0)
    wanted = {
        models.load(folder).version: [p.label for p in models.load(folder).predict(TEXTS)]
        for folder in pair
    }
    stop = threading.Event()
    seen: list[str] = []
    failures: list[object] = []

    def work() -> None:
        while not stop.is_set():
            try:
                said = current.model().predict(TEXTS)
                versions = {each.model for each in said}
                if len(versions) != 1 or [p.label for p in said] != wanted[versions.pop()]:
                    failures.append(said)
                seen.append(said[0].model)
            except Exception as error:
                failures.append(error)

    def last_is(version: str) -> bool:
        return bool(seen) and seen[-1] == version

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(10):
            version = put(pair[(turn + 1) % 2], live)
            until(partial(last_is, version))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert set(seen) == set(wanted)


WORKER = """
import pathlib, sys, models
current = models.ModelReloader(pathlib.Path(sys.argv[1]), check_every=0)
for line in sys.stdin:
    [said] = current.model().predict([line])
    print(said.model, said.label, flush=True)
"""


def test_processes_take_up_each_new_artefact_without_a_restart(
    live: Path, pair: tuple[Path, Path]
) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WORKER, str(live)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(models.__file__).parents[1])},
        )
        for _ in range(2)
    ]
    try:
        for turn in range(6):
            version = put(pair[turn % 2], live)
            for worker in workers:
                assert worker.stdin
                assert worker.stdout
                for _ in range(20):
                    worker.stdin.write(TEXTS[0] + "\n")
                worker.stdin.flush()
                answers = [worker.stdout.readline().split() for _ in range(20)]
                assert answers == [[version, "positive"]] * 20
    finally:
        for worker in workers:
            worker.communicate(timeout=20)
    assert [worker.returncode for worker in workers] == [0, 0]
