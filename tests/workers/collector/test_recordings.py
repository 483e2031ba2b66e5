"""What happens to captures on the disk is known in SQL, too."""

import shutil
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.filter import Filter
from streams.plan import CaptureOptions, Plan
from streams.post import Post
from streams.settings import Settings
from streams.stream import Wanted
from tests.rig.database import new_store
from workers.captures.maintenance import process
from workers.captures.maintenance.disk_policy import DiskDecision
from workers.collector.recordings import Recordings
from workers.sources.source import Arrival

pytestmark = pytest.mark.slow


def test_a_capture_that_the_disk_stopped_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store(tmp_path)
    account = store.accounts.sign_in("1", "ada", "Ada", None, b"", 0)
    plan = Plan(capture=CaptureOptions("kept"))
    stream = store.streams.create(account.id, "kept", Filter("rain"), 0, plan=plan)
    recordings = Recordings(Settings(data_dir=tmp_path), "lab", 1, "x", store.segments, store.gaps)
    wanted = [replace(stream, wanted=Wanted.RUNNING)]
    full = DiskDecision(0.0, "stop", (), "kept.1", "The disk is full.")
    monkeypatch.setattr(process, "decision", lambda: full)
    monkeypatch.setattr(process, "has_room_for", lambda folder: False)
    for _ in range(2):
        runnable, faults = recordings.follow(wanted, 1_000)
        assert (runnable, faults[stream.id].code) == ([], "disk_full")
        monkeypatch.setattr(process, "decision", lambda: DiskDecision(None))
    monkeypatch.setattr(process, "has_room_for", lambda folder: folder == "kept.1")
    runnable, faults = recordings.follow(wanted, 2_000)
    assert ([each.id for each in runnable], faults) == ([stream.id], {})
    recordings.close()


def test_sealed_segments_and_lost_posts_are_told(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    account = store.accounts.sign_in("1", "ada", "Ada", None, b"", 0)
    plans = {name: Plan(capture=CaptureOptions(name)) for name in ("kept", "lost")}
    made = {
        name: store.streams.create(account.id, name, Filter("rain"), 0, plan=plan)
        for name, plan in plans.items()
    }
    recordings = Recordings(Settings(data_dir=tmp_path), "lab", 1, "x", store.segments, store.gaps)
    wanted = [replace(stream, wanted=Wanted.RUNNING) for stream in made.values()]
    begun = time.time_ns() // 1_000_000
    runnable, faults = recordings.follow(wanted, begun)
    assert ([stream.id for stream in runnable], faults) == ([each.id for each in wanted], {})
    shutil.rmtree(tmp_path / "captures" / "lost.1")
    ids = tuple(stream.id for stream in wanted)
    recordings.keep(Arrival(Post("7", "rain"), ids), b'{"data":{"id":"7"}}', begun)
    recordings.close()
    recordings.commit()
    assert [each.posts for each in store.segments.of(made["kept"].id, 9, 0)[0]] == [1]
    assert store.gaps.of(made["kept"].id) == []
    assert store.segments.of(made["lost"].id, 9, 0)[0] == []
    (gap,) = store.gaps.of(made["lost"].id)
    assert (gap.started_at, gap.reason) == (begun, "disk_failed")
    assert gap.ended_at is not None
