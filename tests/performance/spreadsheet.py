"""Compares an exported workbook, as LibreOffice opens it, with the plain CSV, cell by cell.

Run: python -m tests.performance.spreadsheet [--posts 2000]; wants `soffice` (libreoffice-calc).
Every post has texts that spreadsheets like to change: formulas, long numbers, dates, quotes, emoji.
"""

import argparse
import csv
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from streams.exports import COLUMNS, LABELS
from workers.export.rows import NUMBERS, TIMES

TEXTS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://example.org")',
    "00012",
    "1e5",
    "12345678901234567890",
    "1/2",
    "2026-03-01",
    "TRUE",
    'a "quoted", text; with\ttab',
    "two\nlines",
    "'quote first",
    "東京 Москва العربية 😀",
    " blanks ",
    "rain",
)
AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"


def posts(count: int) -> bytes:
    """Make up a file of X's API v2."""
    lines = []
    for number in range(count):
        post = {
            "id": str(1_800_000_000_000_000_000 + number),
            "text": TEXTS[number % len(TEXTS)],
            "created_at": f"2026-03-01T08:{number // 60 % 60:02}:{number % 60:02}.000Z",
            "author_id": str(900_000_000_000_000_000 + number),
            "lang": "en",
        }
        lines.append(msgspec.json.encode({"data": post}))
    return b"\n".join(lines) + b"\n"


def is_same(column: str, shown: str, expected: str) -> bool:
    """Return whether a cell as LibreOffice shows it is what the CSV holds."""
    if column in TIMES and expected:
        return shown == expected.replace("T", " ")[:19]
    if column in NUMBERS and expected:
        return math.isclose(float(shown), float(expected), rel_tol=1e-6)
    return shown == expected


def main() -> int:
    """Print how many cells are the same, and those that are not; returns 1 if any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=2000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "posts.jsonl"
        source.write_bytes(posts(chosen.posts))
        columns = ",".join(each for each in COLUMNS if each not in LABELS)
        for kind in ("csv", "xlsx"):
            words = ["export", str(source), "--format", kind, "--columns", columns]
            command = [sys.executable, "-m", "workers.captures", *words]
            out = folder / f"plain.{kind}" if kind == "csv" else folder / "book.xlsx"
            subprocess.run([*command, "--out", str(out)], check=True)
        office = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
        convert = [*office, "--convert-to", AS_SHOWN, "--outdir", name, str(folder / "book.xlsx")]
        subprocess.run(convert, check=True, stdout=subprocess.DEVNULL)
        with (
            (folder / "plain.csv").open(newline="", encoding="utf-8") as plain,
            (folder / "book.csv").open(newline="", encoding="utf-8") as opened,
        ):
            expected, shown = list(csv.reader(plain)), list(csv.reader(opened))
    return compare(expected, shown)


def compare(expected: list[list[str]], shown: list[list[str]]) -> int:
    """Print the comparison of two tables with the same header; returns 1 if they differ."""
    different = abs(len(expected) - len(shown))
    cells = 0
    for number, (wanted, found) in enumerate(zip(expected, shown, strict=False)):
        for column, cell, other in zip(expected[0], wanted, found, strict=True):
            cells += 1
            if not (cell == other if number == 0 else is_same(column, other, cell)):
                different += 1
                print(f"row {number}, {column}: expected {cell!r}, LibreOffice shows {other!r}")
    print(f"{len(shown)} of {len(expected)} rows, {cells} cells compared, {different} different")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
