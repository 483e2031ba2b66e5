"""The commands of the doubles: their arguments, and running one until a signal ends it."""

import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Protocol, TypeVar

import gevent
import msgspec
from gevent.event import Event
from gevent.pywsgi import WSGIServer


class Running(Protocol):
    """The state of a double that makes posts."""

    def generate(self) -> None:
        """Make posts, for as long as the process lives."""

    def stop(self) -> None:
        """Close what clients have open."""


State = TypeVar("State", bound=Running)


def add_arguments(parser: ArgumentParser, port: int, rate: float) -> None:
    """Add what every double takes: where it listens, how fast it makes posts, and its settings."""
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=int, default=port, help="port to listen on, 0 for any (default %(default)s)")
    add("--rate", type=float, default=rate, help="made-up posts per second (default %(default)s)")
    add("--seed", type=int, default=1, help="same seed, same texts (default %(default)s)")
    add(
        "--control-token",
        metavar="TOKEN",
        help="token for /_control, which is then open to other machines too",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="any setting of /_control/settings",
    )


def chosen_settings(options: Namespace) -> dict[str, object]:
    """Return what `--set` chose, by name. Raises ValueError when an argument of all is bad."""
    if not 0 <= options.rate <= 1_000_000:
        raise ValueError("--rate must be between 0 and 1000000")
    if not 0 <= options.port <= 65535:
        raise ValueError("--port must be between 0 and 65535")
    if options.control_token == "":
        raise ValueError("--control-token must not be empty")
    chosen: dict[str, object] = {}
    for pair in options.set:
        name, _, value = pair.partition("=")
        try:
            chosen[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise ValueError(f"--set {pair}: the value is not JSON") from None
    return chosen


def run(
    name: str,
    options: Namespace,
    state_of: Callable[[Namespace], State],
    serve: Callable[[State, str, int], WSGIServer],
) -> int:
    """Run a double until SIGTERM or SIGINT: status 0, or 2 and one line for bad arguments."""
    try:
        state = state_of(options)
        server = serve(state, options.host, options.port)
    except (ValueError, OverflowError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{options.host}:{options.port}"
        print(f"{name}: cannot listen on {where}: {error.strerror or error}", file=sys.stderr)
        return 2
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stopped.set)
    gevent.spawn(state.generate)
    print(f"{name}: http://{options.host}:{server.server_port}", flush=True)
    stopped.wait()
    state.stop()
    server.stop(timeout=0.2)
    return 0
