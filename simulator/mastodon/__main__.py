"""The command `python -m simulator.mastodon`."""

import argparse
import sys

import msgspec

from simulator.mastodon.app import serve
from simulator.mastodon.state import MastodonState
from simulator.running import run


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator.mastodon",
        description="A local double of a Mastodon instance, with made-up posts.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=int, default=5101, help="port to listen on, 0 for any (default %(default)s)")
    add("--rate", type=float, default=5.0, help="made-up posts per second (default %(default)s)")
    add("--seed", type=int, default=1, help="same seed, same texts (default %(default)s)")
    add("--token", help="the only access token that is good; without it, any is")
    add("--control-token", metavar="TOKEN", help="token for /_control, open to other machines then")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="any setting of /_control/settings, as in --set heartbeat=1",
    )
    return parser.parse_args(argv)


def _state(options: argparse.Namespace) -> MastodonState:
    if not 0 <= options.rate <= 1_000_000:
        raise ValueError("--rate must be between 0 and 1000000")
    if "" in (options.token, options.control_token):
        raise ValueError("a token must not be empty")
    state = MastodonState(options.seed, options.token, options.control_token)
    changes: dict[str, object] = {}
    for pair in options.set:
        name, _, value = pair.partition("=")
        changes[name] = msgspec.json.decode(value)
    state.settings.change(changes)
    state.generator.rate = options.rate
    return state


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; gives the exit status."""
    options = _arguments(argv)
    try:
        state = _state(options)
        server = serve(state, options.host, options.port)
    except (ValueError, OverflowError, OSError) as error:
        print(f"simulator.mastodon: {error}", file=sys.stderr)
        return 2
    return run("simulator.mastodon", options.host, server, state.generate, state.stop)


if __name__ == "__main__":
    sys.exit(main())
