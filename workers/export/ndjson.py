"""Export as one JSON object a line."""

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from workers.export.row import ExportRow


def write(rows: Iterable[ExportRow], out: BinaryIO) -> None:
    """Write every column of every row."""
    for row in rows:
        out.write(msgspec.json.encode(row) + b"\n")
