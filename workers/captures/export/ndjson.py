"""Export as one JSON object a line."""

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from workers.captures.export.row import Row


def write(rows: Iterable[Row], out: BinaryIO) -> None:
    """Write every column of every row."""
    for row in rows:
        out.write(msgspec.json.encode(row) + b"\n")
