"""The command `python -m simulator.bluesky`."""

import argparse
import sys

import msgspec

from simulator.bluesky.app import serve
from simulator.bluesky.state import JetstreamState
from simulator.running import run


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator.bluesky",
        description="A local double of Bluesky's Jetstream, with made-up posts.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=int, default=5102, help="port to listen on, 0 for any (default %(default)s)")
    add("--rate", type=float, default=30.0, help="made-up posts per second (default %(default)s)")
    add("--seed", type=int, default=1, help="same seed, same texts (default %(default)s)")
    add("--control-token", metavar="TOKEN", help="token for /_control, open to other machines then")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="any setting, as in --set ping=1",
    )
    return parser.parse_args(argv)


def _state(options: argparse.Namespace) -> JetstreamState:
    if not 0 <= options.rate <= 1_000_000:
        raise ValueError("--rate must be between 0 and 1000000")
    if options.control_token == "":
        raise ValueError("a token must not be empty")
    state = JetstreamState(options.seed, options.control_token)
    pairs = (pair.partition("=") for pair in options.set)
    state.settings.change({name: msgspec.json.decode(value) for name, _, value in pairs})
    state.generator.rate = options.rate
    return state


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; gives the exit status."""
    options = _arguments(argv)
    try:
        state = _state(options)
        server = serve(state, options.host, options.port)
    except (ValueError, OverflowError, OSError) as error:
        print(f"simulator.bluesky: {error}", file=sys.stderr)
        return 2
    return run("simulator.bluesky", options.host, server, state.generate, state.stop)


if __name__ == "__main__":
    sys.exit(main())
