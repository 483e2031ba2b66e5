"""Exports for spreadsheets and selections: ids, texts and dates survive, draws can be repeated."""

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from tests.workers.replay import files
from workers.captures.segments.envelope import wrap
from workers.export import cli, formats

TEXTS = ["=1+1", "+49 30", "-5 °C", "@demo rain", "\tx", "rain ☔, “hail”\nsecond line", "plain"]
pytestmark = pytest.mark.usefixtures("shared_models")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    lines = [files.twarc_stream(10**18 + n, text, n * 60) for n, text in enumerate(TEXTS)]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines))
    return path


def export(source: Path, format: str, *options: str) -> Path:
    out = source.with_name(f"out.{format}")
    out.unlink(missing_ok=True)
    assert cli.main(["export", str(source), "--format", format, "--out", str(out), *options]) == 0
    return out


def rows_of(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def test_csv_for_spreadsheets_runs_nothing_and_keeps_ids_and_plain_csv_is_unaltered(
    source: Path,
) -> None:
    plain = export(source, "csv")
    assert [row["text"] for row in rows_of(plain)] == TEXTS
    assert rows_of(plain)[0]["id"] == str(10**18)
    excel = export(source, "csv", "--for-excel")
    assert excel.read_bytes().startswith(b"\xef\xbb\xbf")
    for row, text in zip(rows_of(excel), TEXTS, strict=True):
        assert row["text"].lstrip("'") == text
        assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for cell in row.values())
    assert rows_of(excel)[0]["id"] == f"'{10**18}"


def test_a_row_says_whether_its_post_filled_a_gap_also_when_it_is_exported_again(
    source: Path,
) -> None:
    raw = source.read_bytes().splitlines()
    lines = [wrap(each, 1, str(10**18 + n), 0, n in (1, 2)) for n, each in enumerate(raw)]
    source.write_bytes(b"".join(lines))
    first = export(source, "csv")
    marked = [row["id"] for row in rows_of(first) if row["backfilled"] == "yes"]
    assert marked == [str(10**18 + 1), str(10**18 + 2)]
    kept = first.rename(first.with_name("kept.csv"))
    assert rows_of(export(kept, "csv")) == rows_of(kept)


def test_a_workbook_has_ids_and_texts_as_text_and_real_dates(source: Path) -> None:
    sheet = openpyxl.load_workbook(export(source, "xlsx")).active
    header, *rows = sheet.iter_rows()
    names = [cell.value for cell in header]
    assert sheet.freeze_panes == "A2"
    for row, text, number in zip(rows, TEXTS, range(len(TEXTS)), strict=True):
        cells = dict(zip(names, row, strict=True))
        assert (cells["text"].value, cells["text"].data_type) == (text, "s")
        assert (cells["id"].value, cells["id"].data_type) == (str(10**18 + number), "s")
        assert cells["created_at"].value == datetime(2020, 11, 22, 4, number)


def test_a_full_sheet_is_followed_by_another_with_the_same_header(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "SHEET_ROWS", 4)
    book = openpyxl.load_workbook(export(source, "xlsx"))
    assert [sheet.max_row for sheet in book.worksheets] == [4, 4, 2]
    assert {sheet["A1"].value for sheet in book.worksheets} == {"id"}


def test_every_cell_of_a_workbook_is_that_of_the_csv(source: Path) -> None:
    plain = rows_of(export(source, "csv"))
    header, *rows = openpyxl.load_workbook(export(source, "xlsx")).active.iter_rows(
        values_only=True
    )
    assert len(rows) == len(plain)
    for row, expected in zip(rows, plain, strict=True):
        for name, cell in zip(header, row, strict=True):
            assert as_csv(cell) == expected[name], name


def as_csv(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="milliseconds") + "Z"
    return "" if cell is None else str(cell)


@pytest.mark.parametrize("format", ["csv", "ndjson", "xlsx", "parquet"])
def test_only_the_columns_that_are_asked_for_are_written(format: str, source: Path) -> None:
    out = export(source, format, "--columns", "text,id")
    if format == "csv":
        assert list(rows_of(out)[0]) == ["text", "id"]
    elif format == "ndjson":
        assert list(json.loads(out.read_text().splitlines()[0])) == ["text", "id"]


def ids(source: Path, *options: str) -> list[int]:
    return [int(id) - 10**18 for id in export(source, "ids", *options).read_text().split()]


def test_posts_are_selected_by_time_and_language(source: Path) -> None:
    assert ids(source, "--since", "2020-11-22T04:01", "--until", "2020-11-22T04:03") == [1, 2]
    assert ids(source, "--lang", "de", "--lang", "en") == list(range(7))


def test_a_sample_is_drawn_again_with_the_same_seed(source: Path) -> None:
    drawn = ids(source, "--sample", "3", "--seed", "7")
    assert len(drawn) == 3
    assert drawn == sorted(drawn) == ids(source, "--sample", "3", "--seed", "7")
    assert any(ids(source, "--sample", "3", "--seed", str(n)) != drawn for n in range(8))
    assert ids(source, "--sample", "99") == list(range(7))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--columns", "id,colour"], "no column is called 'colour'"),
        (["--since", "yesterday"], "expected a time"),
        (["--sample", "0"], "expected a number"),
        (["--max-window", "4096"], "expected MiB from 1 to 2048"),
    ],
)
def test_a_bad_option_is_one_clear_line(
    options: list[str], said: str, source: Path, capfd: Capture
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["export", str(source), "--format", "csv", "--out", "-", *options])
    assert end.value.code == 2
    err = capfd.readouterr().err
    assert said in err
    assert len(err) < 600


def test_for_excel_goes_with_csv_alone(source: Path, capfd: Capture) -> None:
    command = ["export", str(source), "--format", "ids", "--out", "-", "--for-excel"]
    assert cli.main(command) == 2
    assert "--format xlsx needs no option" in capfd.readouterr().err
