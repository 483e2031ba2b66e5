"""Export as ids, one a line: all that may be handed to others (X: developer policy)."""

from collections.abc import Iterable
from typing import BinaryIO

from workers.export.row import ExportRow


def write(rows: Iterable[ExportRow], out: BinaryIO) -> None:
    """Write the ids as they come."""
    for row in rows:
        out.write(row.id.encode() + b"\n")
