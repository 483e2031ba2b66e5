"""Label sets: the labels that one model gave the posts of a collection, kept beside its files."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

COLUMNS = ("id", "label", "path", "confidence", "model")
"""Columns of an export that can be kept as a set."""
MOST_SETS = 20
"""Sets that a collection keeps at most."""
_NAME = re.compile(r"[0-9]{8}T[0-9]{9}Z_[A-Za-z0-9.]{1,60}")


class LabelSet(msgspec.Struct, frozen=True):
    """A set that is kept. `made_at` is in ms; `labels` counts the posts by label."""

    name: str
    model: str
    made_at: int
    posts: int
    labels: Mapping[str, int]


def name_of(model: str, made_at: int) -> str:
    """Name the set of a model made at a time (ms): names sort by time."""
    seconds, ms = divmod(made_at, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%S}{ms:03d}Z_{model}"


def is_name(text: str) -> bool:
    """Return whether a text can be the name of a set, and no path."""
    return _NAME.fullmatch(text) is not None


def account_folder(data_dir: Path, account_id: int) -> Path:
    """Name the folder of all sets of an account."""
    return data_dir / "labels" / str(account_id)


def folder_of(data_dir: Path, account_id: int, stream_id: str) -> Path:
    """Name the folder of a stream's sets."""
    return account_folder(data_dir, account_id) / stream_id


def data_path(folder: Path, name: str) -> Path:
    """Name the file that holds the labels of a set."""
    return folder / f"{name}.sqlite"


def about_path(folder: Path, name: str) -> Path:
    """Name the file that describes a set, the last to be written and the first to be deleted."""
    return folder / f"{name}.json"


def kept(folder: Path) -> list[LabelSet]:
    """Return the sets in a folder, newest first."""
    found = []
    for path in sorted(folder.glob("*.json"), reverse=True):
        with suppress(OSError, msgspec.DecodeError):  # deleted meanwhile, or not ours
            found.append(msgspec.json.decode(path.read_bytes(), type=LabelSet))
    return found


def remove(folder: Path, name: str) -> bool:
    """Delete a set; returns False when there is none of that name."""
    if not is_name(name) or not about_path(folder, name).exists():
        return False
    about_path(folder, name).unlink(missing_ok=True)
    data_path(folder, name).unlink(missing_ok=True)
    return True
