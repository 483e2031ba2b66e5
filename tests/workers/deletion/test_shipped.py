"""Posts leave segments that were shipped to a store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.live import machines
from streams.live.machines import Machine
from streams.object_store import ObjectStore
from tests.workers.captures.life import MINUTE
from tests.workers.captures.s3_server import S3, s3_server
from tests.workers.deletion.lab import Lab, finish, raw
from workers.captures.maintenance.upload import SegmentUploader
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.verify import verify


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with s3_server() as running:
        running.store().mkdir(running.bucket)
        yield running


@pytest.fixture
def s3(server: S3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> S3:
    for name, value in server.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return server


def ship(lab: Lab, url: str, s3: S3) -> None:
    one = SegmentUploader(
        FileSystem(), lab.root / "rain.1", ObjectStore(url, s3.options), keep_minutes=0
    )
    while one.step(lab.clock.now + MINUTE):
        pass


@pytest.mark.parametrize("machine", ["lab", "gone"])
def test_shipped_segments_are_rewritten_where_they_are(
    lab: Lab, s3: S3, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`gone`: another machine shipped them and will not come back."""
    url = f"s3://{s3.bucket}/{machine}"
    lab.name = machine
    stream_id = lab.stream("rain")
    files = [lab.seal(stream_id, "rain", raw(f"{n}1"), raw(f"{n}2")) for n in range(2)]
    ship(lab, url, s3)
    assert lab.kept("rain") == []
    lab.name = "lab"
    if machine == "gone":
        for path in (lab.root / "rain.1").iterdir():
            path.unlink()
        now = Machine("alive", lab.clock.now, "weir", 1, 1)
        machines.report(lab.client, now)
    asked = lab.ask("11")
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    runner = lab.runner(capture_ship_to=url, capture_ship_options=s3.options)
    finish(runner)
    remote = SegmentCatalog(f"{url}/rain.1", **s3.options)
    findings = [verify(remote, each) for each in remote.segments()]
    assert [each.verdict for each in findings] == ["ok", "ok"]
    assert "1 lines removed" in findings[1].notes[1]
    store = s3.store()
    assert b'"11"' not in store.cat(f"{s3.bucket}/{machine}/rain.1/{files[1]}")
    assert b'"12"' in store.cat(f"{s3.bucket}/{machine}/rain.1/{files[1]}")
    assert not store.exists(f"{s3.bucket}/{machine}/rain.1/{files[1]}.redacted")
    assert lab.is_proved()
    segments, _ = lab.store.segments.of(stream_id, 10, 0)
    assert [each.posts for each in segments] == [1, 2]
    done = {each.machine for each in lab.deletion(asked).machines if each.done_at}
    assert "lab" in done
    assert [each.lines for each in lab.store.deletions.taken(asked)] == [1]


def test_a_segment_that_is_here_and_there_is_rewritten_in_both_places(lab: Lab, s3: S3) -> None:
    url = f"s3://{s3.bucket}/both"
    file = lab.seal(lab.stream("rain"), "rain", raw("1"), raw("2"))
    keeping = SegmentUploader(
        FileSystem(), lab.root / "rain.1", ObjectStore(url, s3.options), keep_minutes=60
    )
    assert keeping.step(lab.clock.now)
    lab.ask("1")
    finish(lab.runner(capture_ship_to=url))
    assert lab.kept("rain") == ["2"]
    assert b'"1"' not in s3.store().cat(f"{s3.bucket}/both/rain.1/{file}")
    ship(lab, url, s3)  # and it may leave, now that both are alike
    assert not (lab.root / "rain.1" / file).exists()
    assert lab.is_proved()


def test_a_store_that_cannot_be_reached_is_told_and_tried_again(lab: Lab, s3: S3) -> None:
    lab.seal(lab.stream("rain"), "rain", raw("1"), raw("2"))
    asked = lab.ask("1")
    runner = lab.runner(capture_ship_to="no-such-protocol://bucket")
    assert runner.step()
    assert runner.step()
    assert lab.kept("rain") == ["2"]
    trouble = lab.deletion(asked).machines[0].trouble or ""
    assert trouble.startswith("no-such-protocol://bucket/rain.1: ")
