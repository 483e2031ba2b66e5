"""Bring a database to the newest schema: `python -m streams.store.migrate`."""

import sys
from argparse import ArgumentParser
from math import inf
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
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


def roll_back(engine: Engine, revision: str) -> None:
    """Undo the migrations after `revision`; what only newer tables hold is lost."""
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def main(arguments: list[str]) -> int:
    """Migrate, or do what the options ask; exit status 2 when the database cannot be changed."""
    parser = ArgumentParser(prog="python -m streams.store.migrate", description=__doc__)
    parser.add_argument(
        "--back-to", metavar="REVISION", help="undo the migrations after this one, such as 0008"
    )
    parser.add_argument(
        "--draft", metavar="MESSAGE", help="migrate, then write a migration for changed tables"
    )
    options = parser.parse_args(arguments)
    try:
        engine = open_engine(settings().database_url, answer_seconds=inf)  # an index takes long
        if options.back_to:
            roll_back(engine, options.back_to)
            return 0
        migrate(engine)
        if options.draft:
            draft(engine, options.draft)
    except (SettingsError, SQLAlchemyError, CommandError, OSError) as error:
        print(f"cannot migrate the database: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
