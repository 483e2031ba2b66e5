"""The command `python -m simulator.mastodon`."""

import argparse
import sys

from simulator.command import add_arguments, chosen_settings, run
from simulator.mastodon.app import serve
from simulator.mastodon.state import MastodonState


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator.mastodon",
        description="A local double of a Mastodon instance, with made-up posts.",
    )
    add_arguments(parser, port=5101, rate=5.0)
    parser.add_argument("--token", help="the only access token that is good; without it, any is")
    return parser.parse_args(argv)


def _state(options: argparse.Namespace) -> MastodonState:
    chosen = chosen_settings(options)
    if options.token == "":
        raise ValueError("--token must not be empty")
    state = MastodonState(options.seed, options.token, options.control_token)
    state.settings.change(chosen)
    state.generator.rate = options.rate
    return state


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; gives the exit status."""
    return run("simulator.mastodon", _arguments(argv), _state, serve)


if __name__ == "__main__":
    sys.exit(main())
