"""Reads labelled posts from tab-separated files, and says plainly what is wrong with one."""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple


class DataError(ValueError):
    """The data cannot be used; the message names the file, the line and the reason."""


class Row(NamedTuple):
    """One labelled post: `source` names the set it came from."""

    id: str
    label: str
    text: str
    source: str


def read(path: Path) -> list[Row]:
    """Rows of a UTF-8 file with a header line naming at least `label` and `text`, tab-separated.

    `id` and `source` are optional: they default to the line number and the file name.
    Raises DataError for a file that is missing, empty, not UTF-8 or not of this shape.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start})") from None
    header = lines[0].rstrip("\r").split("\t")
    if header == [""]:
        raise DataError(f"{path}: empty file")
    for column in ("label", "text"):
        if column not in header:
            raise DataError(f"{path}: no column named {column} in the header {header}")
    place = {name: header.index(name) for name in Row._fields if name in header}
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.rstrip("\r").split("\t")
        if len(cells) != len(header):
            found = f"{len(cells)} cells, the header has {len(header)}"
            raise DataError(f"{path}: line {number} has {found}")
        cell = {name: cells[index] for name, index in place.items()}
        rows.append(Row(**{"id": str(number), "source": path.name, **cell}))
    if not rows:
        raise DataError(f"{path}: no rows after the header")
    return rows


def check_labels(rows: Sequence[Row], labels: Collection[str]) -> None:
    """Raise DataError unless every label is one of `labels` and all of them occur."""
    seen = {row.label: row for row in reversed(rows)}
    for label, row in seen.items():
        if label not in labels:
            known = ", ".join(sorted(labels))
            raise DataError(
                f"unknown label {label!r} (row {row.id} of {row.source}; known: {known})"
            )
    if len(seen) == 1:
        raise DataError(f"one class only: every row is {next(iter(seen))}")
    if missing := sorted(set(labels) - set(seen)):
        raise DataError(f"no row is labelled {' or '.join(missing)}")


def fingerprint(rows: Sequence[Row]) -> str:
    """SHA-256 over the labels and texts, whatever their order: tells two training sets apart."""
    digests = sorted(hashlib.sha256(f"{r.label}\t{r.text}".encode()).digest() for r in rows)
    return hashlib.sha256(b"".join(digests)).hexdigest()
