"""Sets of labels that are kept: written once, read by exports, rid of deleted posts."""

import csv
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from streams import label_sets
from streams.label_sets import LabelSet
from workers.captures.segments.catalog import CatalogError
from workers.export.rows import ExportRow

_TABLE = """
CREATE TABLE labels (id TEXT PRIMARY KEY, label TEXT, path TEXT, confidence REAL) WITHOUT ROWID
"""


class KeptLabels:
    """Labels of a set; a post that is not in it stays without."""

    def __init__(self, path: Path) -> None:
        """`path` is the set's file of labels; raises CatalogError when there is no such set."""
        about = label_sets.about_path(path.parent, path.stem)
        try:
            self._about = msgspec.json.decode(about.read_bytes(), type=LabelSet)
        except (OSError, msgspec.DecodeError):
            raise CatalogError(f"{path.name}: no set of labels of this name is kept here") from None
        self._path = path
        self.labels, self.version = tuple(self._about.labels), self._about.model

    def fill(self, rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        """Fill in the labels that were kept. Raises CatalogError when the set cannot be read."""
        find = "SELECT label, path, confidence FROM labels WHERE id = ?"
        try:
            with closing(_connect(self._path, "ro")) as held:
                for row in rows:
                    found = held.execute(find, (row.id,)).fetchone()
                    if found is not None:
                        row.label, row.path, row.confidence = found
                        row.model = self.version
                    yield row
        except sqlite3.Error as error:
            raise CatalogError(f"{self._path.name}: cannot be read: {error}") from None


def keep(table: Path, folder: Path, model: str, now: int) -> LabelSet:
    """Keep an export of the columns of a set, a CSV, as a new set in `folder`; raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = label_sets.name_of(model, now)
    data = label_sets.data_path(folder, name)
    part = data.with_name(f"{data.name}.part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part)) as made, table.open(encoding="utf-8", newline="") as lines:
        made.execute(_TABLE)
        for row in csv.DictReader(lines):
            values = [row[column] for column in ("id", "label", "path", "confidence")]
            made.execute("INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?)", values)
        made.commit()
        counts = _counts(made)
    os.replace(part, data)
    about = LabelSet(name, model, now, sum(counts.values()), counts)
    _describe(folder, about)
    return about


def forget(folder: Path, posts: Iterable[str]) -> None:
    """Take posts out of every set below a folder, since they are deleted; raises sqlite3.Error."""
    if not (gone := [(post,) for post in posts]):
        return
    for path in sorted(folder.rglob("*.sqlite")):
        with closing(_connect(path, "rw")) as held:
            held.execute("PRAGMA secure_delete = ON")
            removed = held.executemany("DELETE FROM labels WHERE id = ?", gone).rowcount
            held.commit()
            counts = _counts(held)
        about = label_sets.about_path(path.parent, path.stem)
        if removed and about.exists():
            known = msgspec.json.decode(about.read_bytes(), type=LabelSet)
            total = sum(counts.values())
            _describe(path.parent, msgspec.structs.replace(known, posts=total, labels=counts))


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)


def _counts(held: sqlite3.Connection) -> dict[str, int]:
    return dict(held.execute("SELECT label, count(*) FROM labels GROUP BY label"))


def _describe(folder: Path, about: LabelSet) -> None:
    path = label_sets.about_path(folder, about.name)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(about)) + b"\n")
    os.replace(part, path)
