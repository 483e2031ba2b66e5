"""Connections to public addresses only: what people type must not lead into this network.

An address is checked when it is connected to, so that a name which changes its mind gains nothing.
"""

import socket
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from streams.instance import is_public

NO_PUBLIC = "It stands for no public address"


class PrivateAddressError(OSError):
    """A name that stands for no public address."""


def open_public_socket(host: str, port: int, seconds: float) -> socket.socket:
    """Connect to a public address of a host; raises PrivateAddressError, or another OSError."""
    failure: OSError = PrivateAddressError(NO_PUBLIC)
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        if not is_public(str(address[0])):
            continue
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(seconds)
            opened.connect(address)
        except OSError as error:
            failure = error
            opened.close()
        else:
            opened.settimeout(None)
            with suppress(OSError):
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return opened
    raise failure


class UnredirectedSession(requests.Session):
    """Follows no redirect: a token goes to the address that it was given for."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: a redirect is an answer like others."""
        return None


class PublicSession(UnredirectedSession):
    """Speaks https with public addresses alone, past any proxy."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        self.mount("https://", _PublicAdapter())


class _PublicConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        seconds = self.timeout if isinstance(self.timeout, int | float) else 10.0
        return open_public_socket(self.host, self.port or 443, seconds)


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}
