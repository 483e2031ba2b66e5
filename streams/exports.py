"""Exports: which posts somebody wants as a file, and where the file lies until it expires."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

ExportFormat = Literal["csv", "xlsx", "parquet", "ndjson", "ids", "graphml", "gexf"]
ExportState = Literal["queued", "running", "done", "failed"]
Speed = Literal["fast", "accurate"]
GRAPH_FORMATS = ("graphml", "gexf")
COLUMNS = (
    "id",
    "created_at",
    "received_at",
    "platform",
    "kind",
    "lang",
    "text",
    "source",
    "lon",
    "lat",
    "place",
    "author_id",
    "author_handle",
    "author_name",
    "author_avatar",
    "url",
    "withheld",
    "original_author_id",
    "original_author_handle",
    "repost_of",
    "quote_of",
    "reply_to",
    "reply_to_author_id",
    "conversation_id",
    "backfilled",
    "edit_of",
    "deleted_at",
    "label",
    "path",
    "confidence",
    "model",
)
"""Columns of a table, in their order."""
LABELS = ("label", "path", "confidence", "model")
"""Those that the model fills."""


class ExportSelection(msgspec.Struct, frozen=True, kw_only=True):
    """What to write of the posts, and how. Times are ms since the epoch.

    Labels are those of the set `label_set`, or else the sentiment model of that `speed` gives them
    when the file is made. With `keep_labels` they are kept as a set, too.
    """

    format: ExportFormat
    for_excel: bool = False
    columns: Sequence[str] = COLUMNS
    since: int | None = None
    until: int | None = None
    languages: Sequence[str] = ()
    labels: Sequence[str] = ()
    sample: int | None = None
    seed: int = 0
    unique: bool = False
    speed: Speed = "fast"
    label_set: str | None = None
    keep_labels: bool = False

    @property
    def needs_labels(self) -> bool:
        """Whether labels are asked for: as a column or to choose posts."""
        is_table = self.format not in ("ids", *GRAPH_FORMATS)
        return bool(self.labels) or (is_table and not set(LABELS).isdisjoint(self.columns))


class ExportOrder(msgspec.Struct, frozen=True):
    """A file that an account ordered of a stream's posts. Times are ms since the epoch.

    `posts_read` of `posts_total` were read so far; `posts` and `bytes` are those of the file;
    `room` is how many bytes all exports of the account may take together.
    """

    id: str
    account_id: int
    stream_id: str
    collection: str
    selection: ExportSelection
    state: ExportState
    created_at: int
    expires_at: int
    attempts: int = 0
    posts_read: int = 0
    posts_total: int = 0
    posts: int = 0
    bytes: int = 0
    room: int | None = None
    sha256: str | None = None
    fault: str | None = None

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.collection}-{self.id[:8]}.{self.selection.format}"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in ("done", "failed")

    def folder(self, data_dir: Path) -> Path:
        """Name the folder of the file and its description."""
        return data_dir / "exports" / str(self.account_id) / self.id
