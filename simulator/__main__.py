"""The command `python -m simulator`."""

import argparse
import sys

import msgspec

from simulator.app import serve
from simulator.running import run
from simulator.settings import SimulatorSettings
from simulator.state import SimulatorState


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A local double of the X API, with made-up posts by made-up people.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=int, default=5100, help="port to listen on, 0 for any (default %(default)s)")
    add("--rate", type=float, default=20.0, help="made-up posts per second (default %(default)s)")
    add("--seed", type=int, default=1, help="same seed, same texts (default %(default)s)")
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
    add(
        "--control-token",
        metavar="TOKEN",
        help="token for /_control, which is then open to other machines too",
    )
    add("--keep-alive", type=float, metavar="S", help="seconds of silence until a keep-alive (20)")
    add("--rule-delay", type=float, metavar="S", help="seconds until a rule works (0.1)")
    add("--cap", type=int, metavar="N", help="posts per second and connection, 0 for none (0)")
    add("--connections", type=int, metavar="N", help="streams that one app may open (1)")
    add("--connect-limit", type=int, metavar="N", help="connects per 15 minutes (50)")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="any setting of /_control/settings, as in --set gzip=true",
    )
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
    for pair in options.set:
        name, _, value = pair.partition("=")
        try:
            changes[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise ValueError(f"--set {pair}: the value is not JSON") from None
    settings = SimulatorSettings()
    settings.change(changes)
    return settings


def _state(options: argparse.Namespace) -> SimulatorState:
    if len(options.consumer_key) != len(options.consumer_secret):
        raise ValueError("--consumer-key and --consumer-secret go in pairs")
    if not 0 <= options.rate <= 1_000_000:
        raise ValueError("--rate must be between 0 and 1000000")
    if not 0 <= options.port <= 65535:
        raise ValueError("--port must be between 0 and 65535")
    credentials = dict(zip(options.consumer_key, options.consumer_secret, strict=True))
    if not all(options.consumer_key + options.consumer_secret):
        raise ValueError("--consumer-key and --consumer-secret must not be empty")
    if options.control_token == "":
        raise ValueError("--control-token must not be empty")
    state = SimulatorState(_settings(options), credentials, options.seed, options.control_token)
    state.generator.rate = options.rate
    return state


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; gives the exit status."""
    options = _arguments(argv)
    try:
        state = _state(options)
        server = serve(state, options.host, options.port)
    except (ValueError, OverflowError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{options.host}:{options.port}"
        print(f"simulator: cannot listen on {where}: {error.strerror or error}", file=sys.stderr)
        return 2
    return run("simulator", options.host, server, state.generate, state.stop)


if __name__ == "__main__":
    sys.exit(main())
