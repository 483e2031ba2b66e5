"""Databases of the tests' own: migrated once a test process, and copied."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from streams.store import Store
from streams.store.migrate import migrate


def new_database(folder: Path) -> str:
    """Make an empty database with the newest schema in a folder that has none; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "weir.db"
    if not path.exists():
        path.write_bytes(_migrated())
    return f"sqlite:///{path}"


def new_store(folder: Path) -> Store:
    """Open such a database."""
    return Store.open(new_database(folder))


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "weir.db"
        store = Store.open(f"sqlite:///{path}")
        migrate(store.engine)
        store.engine.dispose()
        return path.read_bytes()
