"""Starts a Celery process: `python -m workers ROLE`, with the options of `celery worker` or `beat`.

The command `celery` imports a shell, Flower and whatever else brings commands: 13 MB a process.
"""

import sys

from celery.bin.base import CLIContext
from celery.bin.beat import beat
from celery.bin.worker import worker

from workers import app

ROLES = {
    "collector": (app.app, worker),
    "tagger": (app.tagger, worker),
    "jobs": (app.jobs, worker),
    "beat": (app.beat, beat),
}


def main(role: str, *options: str) -> None:
    """Run the process of a role until it ends."""
    application, command = ROLES[role]
    context = CLIContext(application, no_color=None, workdir=None, quiet=True)
    command.main(options, prog_name=f"python -m workers {role}", obj=context)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ROLES:
        sys.exit(f"usage: python -m workers {{{','.join(ROLES)}}} [options]")
    main(*sys.argv[1:])
