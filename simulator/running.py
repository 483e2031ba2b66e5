"""Running a double as a process: from the line that says where it listens to its clean end."""

import signal
from collections.abc import Callable

import gevent
from gevent.event import Event
from gevent.pywsgi import WSGIServer


def run(
    name: str, host: str, server: WSGIServer, generate: Callable[[], None], end: Callable[[], None]
) -> int:
    """Serve until SIGTERM or SIGINT; `end` closes what clients have open. Returns status 0."""
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stopped.set)
    gevent.spawn(generate)
    print(f"{name}: http://{host}:{server.server_port}", flush=True)
    stopped.wait()
    end()
    server.stop(timeout=0.2)
    return 0
