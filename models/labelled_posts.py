"""Reads labelled posts from tab-separated files, with a precise error for a bad one."""

import gzip
import hashlib
import zlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class DataError(ValueError):
    """The data cannot be used; the message names the file, the line and the reason."""


class LabelledPost(NamedTuple):
    """One labelled post: `source` names the set it came from."""

    id: str
    label: str
    text: str
    source: str


def read_posts(path: Path) -> list[LabelledPost]:
    """Rows of a UTF-8 file with a header line naming at least `label` and `text`, tab-separated.

    `id` and `source` are optional: they default to the line number and the file name.
    Raises DataError for a file that is missing, empty, not UTF-8 or not of this shape.
    """
    header, lines = _lines(path, ("label", "text"))
    place = {name: header.index(name) for name in LabelledPost._fields if name in header}
    return [
        LabelledPost(
            **{"id": str(number), "source": path.name, **{n: cells[i] for n, i in place.items()}}
        )
        for number, cells in lines
    ]


def read_shares(path: Path, labels: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Return a teacher's shares of `labels` for each post, by post id.

    The file is like that of read_posts(), may be gzipped, and has a column `id` and a column of
    shares (not negative, any scale) for each label. Raises DataError.
    """
    header, lines = _lines(path, ("id", *labels))
    id_, columns = header.index("id"), [header.index(label) for label in labels]
    shares = {}
    for number, cells in lines:
        try:
            parts = [float(cells[column]) for column in columns]
        except ValueError:
            raise DataError(f"{path}: line {number}: a share is not a number") from None
        if not (all(part >= 0 for part in parts) and 0 < sum(parts) < float("inf")):
            raise DataError(f"{path}: line {number}: shares are 0 or more, and not all 0")
        shares[cells[id_]] = tuple(part / sum(parts) for part in parts)
    return shares


def write_shares(path: Path, labels: Sequence[str], shares: Mapping[str, Sequence[float]]) -> None:
    """Write a teacher's shares of `labels` for each post id, as read_shares() reads them."""
    lines = ["\t".join(("id", *labels))]
    lines += ["\t".join((post, *(f"{s:.3f}" for s in held))) for post, held in shares.items()]
    path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", mtime=0))


def _lines(path: Path, wanted: Sequence[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, which has the columns `wanted`, and the cells of each line with its number."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start})") from None
    first, *rest = text.split("\n")
    header = first.rstrip("\r").split("\t")
    if header == [""]:
        raise DataError(f"{path}: empty file")
    for column in wanted:
        if column not in header:
            raise DataError(f"{path}: no column named {column} in the header {header}")
    lines = [
        (number, line.rstrip("\r").split("\t"))
        for number, line in enumerate(rest, start=2)
        if line.strip()
    ]
    if not lines:
        raise DataError(f"{path}: no rows after the header")
    for number, cells in lines:
        if len(cells) != len(header):
            found = f"{len(cells)} cells, the header has {len(header)}"
            raise DataError(f"{path}: line {number} has {found}")
    return header, lines


def check_labels(rows: Sequence[LabelledPost], labels: Collection[str]) -> None:
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


def fingerprint(texts: Sequence[str], shares: Sequence[Sequence[float]]) -> str:
    """Return the SHA-256 of a training set, independent of the order of its posts."""
    digests = sorted(
        hashlib.sha256(f"{[round(each, 6) for each in held]}\t{text}".encode()).digest()
        for text, held in zip(texts, shares, strict=True)
    )
    return hashlib.sha256(b"".join(digests)).hexdigest()
