"""A data folder made by an earlier version goes on working.

`data_0008.tar.gz` was made by the code of schema 0008, before modules and classes got their present
names: a running stream with a capture, a gap, minutes, one sealed segment and one left open by a
`kill -9`. All posts in it are made up.
"""

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.filter import Filter
from streams.settings import ROOT
from streams.store import Store
from streams.store.migrate import migrate
from streams.stream import Stream, Wanted
from tests.rig.environment import clean
from workers.captures.recorder import Recorder
from workers.captures.settings import CaptureSettings

ARCHIVE = Path(__file__).with_name("data_0008.tar.gz")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data"


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{data / 'weir.db'}")
    migrate(opened.engine)
    yield opened
    opened.engine.dispose()


def stream_of(store: Store) -> Stream:
    (stream,) = [each for each in store.streams.of_account(1) if each.name == "rain"]
    return stream


def test_streams_plans_and_statistics_are_there(store: Store) -> None:
    stream = stream_of(store)
    assert stream.wanted is Wanted.RUNNING
    assert stream.filter == Filter(keywords=("rain", "heavy snow"), languages=("en",))
    assert stream.plan.capture is not None
    assert (stream.plan.capture.collection, stream.plan.budget_posts) == ("rain", 1000)
    assert stream.folder == "rain"
    assert {each.folder for each in store.segments.of_collection(1, "rain")} == {"rain"}
    totals = store.minutes.totals(stream.id)
    assert {label: totals[label] for label in ("negative", "neutral", "positive", "unknown")} == {
        "negative": 1,
        "neutral": 2,
        "positive": 3,
        "unknown": 4,
    }
    gaps = [(gap.reason, gap.ended_at is None) for gap in store.gaps.of(stream.id)]
    assert gaps == [("disconnected", False), ("collector_restarted", True)]
    legacy = store.streams.legacy_of(1)
    assert legacy is not None
    assert legacy.name == "old"


def test_sealed_segments_still_prove_themselves(data: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "workers.captures", "verify", str(data / "captures")],
        cwd=ROOT,
        env=clean(data),
        capture_output=True,
        text=True,
    )
    assert "ok" in ran.stdout
    assert "mismatch" not in ran.stdout
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_segment_that_was_left_open_is_repaired_and_the_capture_goes_on(
    data: Path, store: Store
) -> None:
    recorder = Recorder(data / "captures", CaptureSettings(), machine="lab")
    writer, repaired = recorder.open("rain", source="x")
    assert [each.manifest.count for each in repaired] == [3]
    assert (
        writer.write(
            b'{"data":{"id":"1990000000000000007","text":"again"}}', 0, "1990000000000000007"
        )
        == "repeated"
    )
    recorder.close()
    ids = subprocess.run(
        [sys.executable, "-m", "workers.captures", "cat", str(data / "captures")],
        cwd=ROOT,
        env=clean(data),
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(ids.stdout.splitlines()) == 8


def test_the_schema_can_be_taken_back_to_that_version(data: Path, store: Store) -> None:
    store.engine.dispose()
    for arguments in (["--back-to", "0008"], []):
        ran = subprocess.run(
            [sys.executable, "-m", "streams.store.migrate", *arguments],
            cwd=ROOT,
            env=clean(data),
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
    assert (stream_of(store).name, stream_of(store).folder) == ("rain", "rain")
