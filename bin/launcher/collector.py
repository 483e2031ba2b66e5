"""One collector on a machine of its own: `bin/run collector --name NAME`."""

import os
import sys

from streams.names import ANY, DEFAULT, collect_queue
from streams.settings import SettingsError, settings

NEEDED = ("redis_url", "database_url")


def main(name: str) -> None:
    """Become the Celery worker, or say in one line what is missing and exit with 2."""
    try:
        missing = [each.upper() for each in NEEDED if each not in settings().model_fields_set]
    except SettingsError as error:
        sys.exit(_refuse(str(error)))
    if missing:
        text = f"{' and '.join(missing)} must be set: a collector joins the others through them"
        sys.exit(_refuse(text))
    if name in (ANY, DEFAULT):
        sys.exit(_refuse(f"a machine cannot be called {name}: that word means another thing"))
    queue = collect_queue(f"x@{name}")
    words = "workers collector --pool threads --concurrency 32"
    words += f" --without-gossip --without-mingle -Q {queue} -n collector@{name}"
    words += f" --loglevel {settings().log_level}"
    arguments = [sys.executable, "-m", *words.split()]
    print(f"collector {name}: taking work from {queue}", flush=True)
    os.execv(sys.executable, arguments)  # noqa: S606


def _refuse(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


if __name__ == "__main__":
    main(sys.argv[1])
