"""The command `python -m simulator`."""

import argparse
import sys

from simulator.app import serve
from simulator.command import add_arguments, chosen_settings, run
from simulator.settings import SimulatorSettings
from simulator.state import SimulatorState


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A local double of the X API, with made-up posts by made-up people.",
    )
    add_arguments(parser, port=5100, rate=20.0)
    add = parser.add_argument
    add(
        "--consumer-key",
        action="append",
        default=[],
        metavar="KEY",
        help="accept this app only; may be given more than once, each with its secret",
    )
    add(
        "--consumer-secret",
        action="append",
        default=[],
        metavar="SECRET",
        help="the secret of the --consumer-key in the same place",
    )
    add("--keep-alive", type=float, metavar="S", help="seconds of silence until a keep-alive (20)")
    add("--rule-delay", type=float, metavar="S", help="seconds until a rule works (0.1)")
    add("--cap", type=int, metavar="N", help="posts per second and connection, 0 for none (0)")
    add("--connections", type=int, metavar="N", help="streams that one app may open (1)")
    add("--connect-limit", type=int, metavar="N", help="connects per 15 minutes (50)")
    return parser.parse_args(argv)


def _settings(options: argparse.Namespace) -> SimulatorSettings:
    """Turn flags into settings. Raises ValueError with the name of the bad one."""
    changes: dict[str, object] = {
        "keep_alive": options.keep_alive,
        "rule_delay": options.rule_delay,
        "posts_per_second_cap": options.cap,
        "connections_per_app": options.connections,
        "limits": {"connect": options.connect_limit} if options.connect_limit else None,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    settings = SimulatorSettings()
    settings.change(changes | chosen_settings(options))
    return settings


def _state(options: argparse.Namespace) -> SimulatorState:
    if len(options.consumer_key) != len(options.consumer_secret):
        raise ValueError("--consumer-key and --consumer-secret go in pairs")
    credentials = dict(zip(options.consumer_key, options.consumer_secret, strict=True))
    if not all(options.consumer_key + options.consumer_secret):
        raise ValueError("--consumer-key and --consumer-secret must not be empty")
    state = SimulatorState(_settings(options), credentials, options.seed, options.control_token)
    state.generator.rate = options.rate
    return state


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; gives the exit status."""
    return run("simulator", _arguments(argv), _state, serve)


if __name__ == "__main__":
    sys.exit(main())
