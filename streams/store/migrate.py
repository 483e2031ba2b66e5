"""Bring a database to the newest schema: `python -m streams.store.migrate`."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from streams.settings import SettingsError, settings
from streams.store.engine import open_engine


def migrate(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to `revision`, in one transaction where the database can."""
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def draft(engine: Engine, message: str) -> None:
    """Write a new migration from the difference between the tables and the database."""
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def main(arguments: list[str]) -> int:
    """`[--draft MESSAGE]`: migrate, then draft a migration if asked."""
    try:
        engine = open_engine(settings().database_url)
        migrate(engine)
        if arguments[:1] == ["--draft"]:
            draft(engine, " ".join(arguments[1:]))
    except (SettingsError, SQLAlchemyError, OSError) as error:
        print(f"cannot migrate the database: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
