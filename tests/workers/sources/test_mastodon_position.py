"""Where a killed collector's heir begins, from what is left on the disk."""

from pathlib import Path

import pytest

from streams.filter import Filter
from streams.plan import CaptureOptions, Plan
from streams.stream import Stream, Wanted
from workers.captures.segments.envelope import wrap
from workers.captures.segments.manifest import Provenance, encode, manifest_of
from workers.captures.segments.names import MANIFEST
from workers.captures.segments.totals import totals_of
from workers.sources.mastodon.position import AGE_MS, Position, PositionFile

HOST = "social.example"


def stream(stream_id: str, changed_at: int = 0, collection: str | None = None) -> Stream:
    plan = Plan(capture=CaptureOptions(collection) if collection else None)
    wanted = Filter(word="rain")
    return Stream(
        stream_id,
        1,
        "",
        "mastodon",
        wanted,
        Wanted.RUNNING,
        1,
        False,
        0,
        changed_at,
        plan,
        folder=collection,
    )


def left(folder: Path, *ids: str, proved_at: int = 5_000) -> PositionFile:
    """What a collector leaves that took posts after a position."""
    file = PositionFile(folder, "mastodon@lab/1")
    file.move(Position(proved_at, HOST, ("a", "b")), proved_at)
    for each in ids:
        file.take(each)
    file.close()
    return PositionFile(folder, "mastodon@lab/1")


def sealed(folder: Path, collection: str, *ids: str) -> None:
    """A segment on the disk that holds these posts."""
    lines = [wrap(b'{"id":"%s"}' % each.encode(), 1_000, each) for each in ids]
    path = folder / "captures" / collection / "x.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(lines))
    manifest = manifest_of("x.jsonl", totals_of(lines), Provenance(collection=collection), 2_000)
    path.with_name(path.name + MANIFEST).write_bytes(encode(manifest))


def test_a_stream_goes_on_where_it_was_unless_somebody_changed_it_since(tmp_path: Path) -> None:
    file = left(tmp_path, "1", "2")
    found = file.resume([stream("a"), stream("b", changed_at=5_001), stream("new")], HOST)
    assert found is not None
    assert (found.proved_at, found.had) == (5_000, {"a": frozenset(("1", "2"))})
    assert file.resume([stream("new")], HOST) is None
    assert file.resume([stream("a")], "other.example") is None
    assert PositionFile(tmp_path, "mastodon").resume([stream("a")], HOST) is None


@pytest.mark.parametrize(
    ("kept", "had"),
    [
        (("1", "2", "3"), {"1", "2", "3"}),
        (("1", "2"), {"1", "2"}),  # 3 was taken, and never reached the disk
        (("1", "2", "3", "4"), {"1", "2", "3", "4"}),  # 4 was captured just before the end
    ],
)
def test_of_a_captured_stream_the_disk_says_what_it_has(
    kept: tuple[str, ...], had: set[str], tmp_path: Path
) -> None:
    file = left(tmp_path, "1", "2", "3")
    sealed(tmp_path, "rain", *kept)
    found = file.resume([stream("a", collection="rain"), stream("b")], HOST)
    assert found is not None
    assert found.had == {"a": had, "b": {"1", "2", "3"}}


def test_a_torn_or_foreign_line_is_passed_over(tmp_path: Path) -> None:
    left(tmp_path, "1")
    (path,) = (tmp_path / "positions").iterdir()
    path.write_bytes(path.read_bytes() + b'{"a":1}\n[]\n"2"\n{"proved_at":9')
    found = PositionFile(tmp_path, "mastodon@lab/1").resume([stream("a")], HOST)
    assert found is not None
    assert found.proved_at == 5_000
    assert found.had["a"] == {"1", "2"}


def test_old_ids_are_dropped_and_recent_ones_kept(tmp_path: Path) -> None:
    file = PositionFile(tmp_path, "mastodon")
    for turn in range(4):
        file.take(str(turn))
        file.move(Position(turn, HOST, ("a",)), turn * (AGE_MS + 1))
    file.take("last")
    file.close()
    found = PositionFile(tmp_path, "mastodon").resume([stream("a")], HOST)
    assert found is not None
    assert found.proved_at == 3
    assert found.had["a"] == {"3", "last"}
    assert len(list((tmp_path / "positions").iterdir())) == 2


def test_a_disk_that_refuses_costs_the_proof_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "positions").write_text("no folder")
    file = left(tmp_path, "1")
    assert file.resume([stream("a")], HOST) is None
