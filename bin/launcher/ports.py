"""Ports: whether one can be listened on, and which one is free."""

import secrets
import socket
from contextlib import closing, suppress

from bin.launcher.errors import LaunchError

CHOICE = range(20_000, 32_000)
_given: set[int] = set()


def listener(host: str, port: int) -> socket.socket:
    """Bind to a port as a server does; raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def check_free(wanted: list[tuple[str, str, int]]) -> None:
    """Refuse (variable, host, port) of which one is taken, or wanted twice."""
    seen: dict[int, str] = {}
    for name, host, port in wanted:
        if port in seen:
            raise LaunchError(f"{name}: {port} is the port of {seen[port]} too; set one of them")
        seen[port] = name
        try:
            listener(host, port).close()
        except socket.gaierror:
            raise LaunchError(f"HOST: {host} is not a name of this machine") from None
        except PermissionError:
            raise LaunchError(f"{name}: {port} needs rights that this user lacks") from None
        except OSError as error:
            raise LaunchError(
                f"{name}: cannot listen on {host}:{port} ({error.strerror}); "
                f"end what has it or set {name}"
            ) from None


def free_port() -> int:
    """Find a port of this machine that nothing listens on; never the same one twice.

    Below those that systems give to outgoing connections, one of which might take it meanwhile.
    """
    while True:
        port = secrets.choice(CHOICE)
        if port in _given:
            continue
        with suppress(OSError), closing(listener("127.0.0.1", port)):
            _given.add(port)
            return port


def answers(host: str, port: int) -> bool:
    """Whether something takes connections there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
