"""The command `python -m simulator.bluesky`."""

import argparse
import sys

from simulator.bluesky.app import serve
from simulator.bluesky.state import JetstreamState
from simulator.command import add_arguments, chosen_settings, run


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator.bluesky",
        description="A local double of Bluesky's Jetstream, with made-up posts.",
    )
    add_arguments(parser, port=5102, rate=30.0)
    return parser.parse_args(argv)


def _state(options: argparse.Namespace) -> JetstreamState:
    chosen = chosen_settings(options)
    state = JetstreamState(options.seed, options.control_token)
    state.settings.change(chosen)
    state.generator.rate = options.rate
    return state


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; gives the exit status."""
    return run("simulator.bluesky", _arguments(argv), _state, serve)


if __name__ == "__main__":
    sys.exit(main())
