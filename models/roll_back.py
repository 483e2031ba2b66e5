"""Brings the model before the present one back: python -m models.roll_back --tagger NAME."""

import argparse
from pathlib import Path

from models.artefact import exchange_previous
from models.command import run
from models.taggers import OWN


def main() -> None:
    """Exchange the present and the previous artefact; running taggers reload within a second."""
    parser = argparse.ArgumentParser(prog="python -m models.roll_back", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--tagger", metavar="NAME", help=f"a tagger of your own, in {OWN}")
    which.add_argument("--folder", type=Path, help="the folder of an artefact")
    arguments = parser.parse_args()
    folder = arguments.folder or OWN / arguments.tagger
    manifest = exchange_previous(folder)
    print(f"{folder}: model {manifest.version} is in force again; the other one is kept")


if __name__ == "__main__":
    run(main)
