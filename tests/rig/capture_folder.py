"""Finds where a running Weir keeps a collection."""

from pathlib import Path


def capture_folder(data_dir: Path, collection: str) -> Path:
    """Return the folder of the only collection of that name; before it is there, some path."""
    found = list((data_dir / "captures").glob(f"{collection}.*"))
    assert len(found) <= 1, found
    return found[0] if found else data_dir / "captures" / f"{collection}.0"
