"""Posts leave uploaded files, packed however they are."""

import gzip
from collections.abc import Callable

import msgspec
import pytest
import zstandard

from streams.replay import uploads
from tests.workers.deletion.lab import Lab, finish, raw
from tests.workers.replay.kinds import KINDS


def v1(id: str, author: str = "9") -> bytes:
    return msgspec.json.encode({"id_str": id, "text": f"rain {id}", "user": {"id_str": author}})


def page(*ids: str) -> bytes:
    return msgspec.json.encode({"data": [{"id": id, "text": f"rain {id}"} for id in ids]})


def test_posts_leave_uploaded_files_whatever_they_are_called_and_packed_with(lab: Lab) -> None:
    mine, theirs = (uploads(lab.settings.data_dir, owner) for owner in (lab.account_id, 77))
    lines = [raw("1"), v1("2"), page("1", "3"), raw("4", author="42"), b"", b"garbage", raw("5")]
    text = b"\n".join(lines)
    written = {
        "0123456789abcdef-plain.json.gz": text,
        "0123456789abcdef-gzip.json": gzip.compress(text),
        "0123456789abcdef-zstd.torn.json": zstandard.compress(text),
        "0123456789abcdef-clean.json": raw("6"),
        "0123456789abcdef-half.json.part": text,
    }
    for folder in (mine, theirs):
        folder.mkdir(parents=True)
        for name, data in written.items():
            (folder / name).write_bytes(data)
    asked = lab.ask("1", "2", authors=("42",))
    finish(lab.runner())
    left = b"\n".join([page("3"), b"", b"garbage", raw("5")])
    names = [name for name in written if not name.endswith(("clean.json", ".part"))]
    unpack: tuple[Callable[[bytes], bytes], ...] = (bytes, gzip.decompress, unzstd)
    for name, decompressed in zip(names, unpack, strict=True):
        assert decompressed((mine / name).read_bytes()) == left, name
        assert (theirs / name).read_bytes() == written[name]
    assert sorted(each.name for each in mine.iterdir()) == sorted(written)
    taken = lab.store.deletions.taken(asked)
    assert sorted(each.file for each in taken) == sorted(names)
    assert {(each.collection, each.lines, each.copies) for each in taken} == {("(uploads)", 3, 1)}
    found = lab.deletion(asked)
    assert (found.state, found.found, found.machines[0].trouble) == ("done", 3, None)


def test_an_upload_that_breaks_off_and_holds_a_deleted_post_is_told_until_it_is_gone(
    lab: Lab,
) -> None:
    folder = uploads(lab.settings.data_dir, lab.account_id)
    folder.mkdir(parents=True)
    whole = gzip.compress(b"\n".join([raw("1"), *(raw(str(n)) for n in range(5000, 9000))]))
    half = folder / "0123456789abcdef-half.json.gz"
    half.write_bytes(whole[:-500])
    asked = lab.ask("1")
    runner = lab.runner()
    for _ in range(3):
        assert runner.step()
        [machine] = lab.deletion(asked).machines
        assert "half.json.gz" in (machine.trouble or "")
        assert "delete the file" in (machine.trouble or "")
    assert half.read_bytes() == whole[:-500]
    half.unlink()
    finish(runner)
    assert lab.deletion(asked).state == "done"


@pytest.mark.parametrize(
    "name", ["lines.tar.xz", "lines.zip", "utf16_le.jsonl", "page_indented.json"]
)
def test_a_deleted_post_in_a_file_that_cannot_be_rewritten_is_told_until_it_is_gone(
    lab: Lab, name: str
) -> None:
    folder = uploads(lab.settings.data_dir, lab.account_id)
    folder.mkdir(parents=True)
    file = folder / f"0123456789abcdef-{name}"
    file.write_bytes(KINDS[name][0])
    asked = lab.ask(str(10**15))
    runner = lab.runner()
    assert runner.step()
    assert "delete the file" in (lab.deletion(asked).machines[0].trouble or "")
    assert file.read_bytes() == KINDS[name][0]
    file.unlink()
    finish(runner)
    assert lab.deletion(asked).state == "done"


def unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)
