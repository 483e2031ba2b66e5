"""The command line on local folders, single files and an S3 server."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import MINUTE, START, post, recorder_in, sealed_in
from tests.workers.captures.s3_server import s3_server
from tests.workers.replay.lines import STREAM, V1, line
from workers.captures.segments.manifest import manifest_path
from workers.export import cli, formats

ROOT = Path(__file__).resolve().parents[3]
TEXT = 'He said "rain", =1+1,\r\nthen hail – ☔'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two segments of ours, one with a place and an awkward text, and an old client's file."""
    recorder = recorder_in(tmp_path / "captures", QuickDisk())
    writer, _ = recorder.open("rain")
    awkward = {**STREAM, "data": {**STREAM["data"], "text": TEXT}}  # type: ignore[dict-item]
    writer.write(line(awkward), START, "1990000000000000001", "2026-11-22T04:00:01.000Z")
    writer.write(post(7), START + 20 * MINUTE, "7")
    writer.write(b"garbage \xff", START + 20 * MINUTE + 1)
    recorder.close()
    old = tmp_path / "captures" / "old" / "old20201122_0400.json"
    old.parent.mkdir()
    old.write_bytes(line(V1) + b"\r\n\n" + line({"limit": {"track": 5}}) + b"\r\n\n")
    return tmp_path / "captures"


class Run:
    """What a command printed and how it ended."""

    def __init__(self, capfdbinary: pytest.CaptureFixture[bytes], *arguments: object) -> None:
        try:
            self.status = cli.main([str(argument) for argument in arguments])
        except SystemExit as end:
            self.status = int(end.code or 0)
        self.out, err = capfdbinary.readouterr()
        self.err = err.decode()


Capture = pytest.CaptureFixture[bytes]


def test_verify_says_ok_or_unproved_for_each_and_ends_well(
    root: Path, capfdbinary: Capture
) -> None:
    run = Run(capfdbinary, "verify", root)
    assert run.status == 0
    assert [text.split()[0] for text in run.out.decode().splitlines()] == [
        "unproved",
        "ok",
        "ok",
        "3",
    ]


def test_verify_tells_what_differs_and_ends_with_1(root: Path, capfdbinary: Capture) -> None:
    first, second = sealed_in(root / "rain")
    with first.open("ab") as stream:
        stream.write(b"{}\n")
    second.unlink()
    run = Run(capfdbinary, "verify", root)
    assert run.status == 1
    text = run.out.decode()
    assert "mismatch  rain/rain20260921_1410.json" in text
    assert "count is 2, the manifest says 1" in text
    assert "missing   rain/rain20260921_1430.json: the manifest exists, the data do not" in text
    assert "3 segments, 2 bad" in text


def test_verify_finds_a_single_changed_byte(root: Path, capfdbinary: Capture) -> None:
    (first, _) = sealed_in(root / "rain")
    content = bytearray(first.read_bytes())
    content[-20] ^= 1
    first.write_bytes(content)
    run = Run(capfdbinary, "verify", first)
    assert run.status == 1
    assert "sha256 is" in run.out.decode()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"count":"many"}'])
def test_verify_survives_any_manifest(root: Path, capfdbinary: Capture, content: bytes) -> None:
    (first, _) = sealed_in(root / "rain")
    manifest_path(first).write_bytes(content)
    for command in (["verify", root], ["list", root], ["cat", root]):
        run = Run(capfdbinary, *command)
        assert run.status == (1 if command[0] == "verify" else 0)
        assert "Traceback" not in run.err


def test_list_shows_lines_bytes_and_moments(root: Path, capfdbinary: Capture) -> None:
    run = Run(capfdbinary, "list", root)
    rows = run.out.decode().splitlines()
    assert len(rows) == 5
    assert "rain/rain20260921_1410.json" in rows[2]
    assert "2026-09-21T14:13:20.000Z" in rows[2]
    assert rows[-1].startswith("3 segments, 3 lines with a manifest")


def test_cat_prints_all_lines_in_order_and_raw_the_bytes_as_received(
    root: Path, capfdbinary: Capture
) -> None:
    stored = Run(capfdbinary, "cat", root).out.splitlines()
    assert len(stored) == 5
    assert all(json.loads(text) for text in stored)
    raw = Run(capfdbinary, "cat", "--raw", root).out.split(b"\n")
    assert raw[0] == line(V1)
    assert raw[3:] == [post(7), b"garbage \xff", b""]


def test_cat_reads_an_open_segment_only_when_asked(tmp_path: Path, capfdbinary: Capture) -> None:
    writer, _ = recorder_in(tmp_path, QuickDisk()).open("rain")
    writer.write(post(1), START, "1")
    writer.commit(START)
    assert Run(capfdbinary, "cat", tmp_path).out == b""
    assert Run(capfdbinary, "cat", "--open", "--raw", tmp_path).out == post(1) + b"\n"
    writer.close(START)


def expected_rows() -> list[tuple[str, str]]:
    return [
        ("1330000000000000001", "Rain over the harbour & hail"),
        ("1990000000000000001", TEXT),
        ("7", "rain 7 "),
    ]


def test_exported_ndjson_reads_back(root: Path, tmp_path: Path, capfdbinary: Capture) -> None:
    run = Run(capfdbinary, "export", root, "--format", "ndjson", "--out", tmp_path / "a.ndjson")
    assert run.status == 0
    assert "3 posts from 3 segments, 1 limit, 1 not_json" in run.err
    rows = [json.loads(text) for text in (tmp_path / "a.ndjson").read_bytes().splitlines()]
    assert [(row["id"], row["text"]) for row in rows] == expected_rows()
    assert rows[0]["source"] == "android"
    assert rows[0]["author_handle"] == "demo"
    assert (rows[0]["lon"], rows[0]["lat"]) == (-3.7, 40.41)


def test_exported_csv_reads_back(root: Path, tmp_path: Path, capfdbinary: Capture) -> None:
    out = tmp_path / "a.csv"
    assert Run(capfdbinary, "export", root, "--format", "csv", "--out", out).status == 0
    with out.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["id"], row["text"]) for row in rows] == expected_rows()
    assert rows[1]["place"] == "Madrid, Spain"


def test_exported_ids_read_back(root: Path, capfdbinary: Capture) -> None:
    run = Run(capfdbinary, "export", root, "--format", "ids", "--out", "-")
    assert run.out.decode().split() == [id for id, _ in expected_rows()]


def test_exported_parquet_reads_back_and_comes_in_row_groups(
    root: Path, tmp_path: Path, capfdbinary: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "ROW_GROUP", 2)
    out = tmp_path / "a.parquet"
    assert Run(capfdbinary, "export", root, "--format", "parquet", "--out", out).status == 0
    file = pyarrow.parquet.ParquetFile(out)
    assert file.num_row_groups == 2
    rows = file.read().to_pylist()
    file.close()
    assert [(row["id"], row["text"]) for row in rows] == expected_rows()
    assert rows[2]["lon"] is None


def test_unique_leaves_out_what_two_segments_both_hold(root: Path, capfdbinary: Capture) -> None:
    writer, _ = recorder_in(root, QuickDisk(), dedupe_ids=0).open("rain")
    writer.write(post(7), START + 40 * MINUTE, "7")
    writer.close(START)
    both = Run(capfdbinary, "export", root, "--format", "ids", "--out", "-").out.split()
    once = Run(capfdbinary, "export", root, "--format", "ids", "--out", "-", "--unique").out.split()
    assert (both.count(b"7"), once.count(b"7")) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "/no/such/folder"], "no such folder"),
        (["list", "nosuchscheme://x/y"], "cannot be read"),
        (["cat"], "required"),
        (["export", ".", "--format", "xml", "--out", "x"], "invalid choice"),
        (["export", ".", "--format", "csv"], "required"),
        (["export", "tests", "--format", "csv", "--out", "/no/such/folder/x"], "cannot be written"),
        (["export", "tests", "--format", "csv", "--out", "README.md"], "overwrites no file"),
        (["frobnicate"], "invalid choice"),
        ([], "required"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(
    arguments: list[str],
    said: str,
    capfdbinary: Capture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "README.md").write_text("mine")
    run = Run(capfdbinary, *arguments)
    assert run.status == 2
    assert said in run.err
    assert len(run.err.splitlines()) == 1
    assert (tmp_path / "README.md").read_text() == "mine"
    assert list(tmp_path.glob("*.part")) == []


def test_every_command_has_a_help_text(capfdbinary: Capture) -> None:
    for command in ([], ["verify"], ["list"], ["cat"], ["export"]):
        run = Run(capfdbinary, *command, "--help")
        assert run.status == 0
        assert b"usage: python -m workers.captures" in run.out


def test_a_reader_that_has_enough_is_no_error(root: Path) -> None:
    command = f"{sys.executable} -m workers.captures cat {root} | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


def test_every_command_works_on_an_object_store(root: Path, tmp_path: Path) -> None:
    with s3_server() as s3:
        store = s3.store()
        store.mkdir("captures")
        store.put(str(root), "captures/lab", recursive=True)

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "workers.captures", *arguments],
                cwd=ROOT,
                env=s3.environment,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )

        verified = run("verify", "s3://captures/lab")
        assert verified.returncode == 0, verified.stderr
        assert "3 segments, 0 bad" in verified.stdout
        assert len(run("cat", "--raw", "s3://captures/lab/rain").stdout.splitlines()) == 3
        exported = run(
            "export", "s3://captures/lab", "--format", "ids", "--out", str(tmp_path / "ids")
        )
        assert exported.returncode == 0, exported.stderr
        assert (tmp_path / "ids").read_text().split() == [id for id, _ in expected_rows()]
        missing = run("list", "s3://no-such-bucket/x")
        assert missing.returncode == 2
        assert len(missing.stderr.splitlines()) == 1
