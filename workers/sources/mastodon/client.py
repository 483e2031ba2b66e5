"""An instance as we use it: Mastodon.py for REST, and a websocket whose life can be proved.

Mastodon.py's own streams hide heartbeats, so that a silent connection cannot be told from a dead
one, and hand over objects instead of what was sent.
"""

import socket
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from mastodon import Mastodon, MastodonError
from mastodon.errors import MastodonNetworkError, MastodonNotFoundError
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from streams.clock import now_ms
from streams.settings import is_loopback
from workers.sources.mastodon.access import InstanceAccess
from workers.sources.mastodon.pacing import ConnectionEnd
from workers.sources.mastodon.public_network import (
    PublicSession,
    UnredirectedSession,
    open_public_socket,
)
from workers.sources.mastodon.timelines import Timeline

TIMEOUT = 10.0
"""Seconds that a request or a handshake may take."""
PAGE = 40
"""Statuses in one answer; Mastodon gives no more."""
LARGEST_MESSAGE = 4 * 1024 * 1024
AGENT = "weir"


class InstanceError(RuntimeError):
    """The instance refused or cannot be reached; `end` says how."""

    def __init__(self, end: ConnectionEnd) -> None:
        super().__init__(end.detail)
        self.end = end


class InstanceClient:
    """Talks to one instance with one token; not for several threads at once."""

    def __init__(self, access: InstanceAccess) -> None:
        self._base = access.address
        self._token = access.token
        self._is_public_only = access.is_public_only
        self._answer: requests.Response | None = None
        session = PublicSession() if access.is_public_only else UnredirectedSession()
        session.hooks["response"].append(self._keep)
        self._api = Mastodon(
            access_token=access.token,
            api_base_url=access.address,
            session=session,
            ratelimit_method="throw",
            request_timeout=TIMEOUT,
            user_agent=AGENT,
        )

    def open_stream(self) -> ClientConnection:
        """Open the websocket of the streaming API. Raises InstanceError."""
        address = self._streaming_address()
        try:
            return connect(
                f"{address}/api/v1/streaming",
                additional_headers={"Authorization": f"Bearer {self._token}"},
                user_agent_header=AGENT,
                open_timeout=TIMEOUT,
                close_timeout=1.0,
                ping_interval=None,  # the source asks for signs of life itself, and dates them
                max_size=LARGEST_MESSAGE,
                sock=self._public_socket(address),
            )
        except InvalidStatus as error:
            response = error.response
            detail = _reason(bytes(response.body or b""))
            reset_in = _reset_in(response.headers.get("X-RateLimit-Reset"))
            end = ConnectionEnd(response.status_code, detail, reset_in=reset_in)
            raise InstanceError(end) from error
        except (OSError, WebSocketException) as error:
            raise InstanceError(ConnectionEnd(detail=str(error)[:200])) from error

    def page(self, timeline: Timeline, after: int) -> list[bytes]:
        """Return the oldest statuses with an id above `after`, newest first, as they were sent.

        Raises InstanceError.
        """
        try:
            self._api.timeline(
                timeline.path, min_id=str(after), limit=PAGE, local=timeline.is_local
            )
            answer = self._answer
            content = answer.content if answer is not None else b""
            return [bytes(each) for each in msgspec.json.decode(content, type=list[msgspec.Raw])]
        except MastodonError as error:
            raise InstanceError(self._end(error)) from error
        except msgspec.DecodeError as error:
            raise InstanceError(ConnectionEnd(detail=f"no list of statuses: {error}")) from error

    def _public_socket(self, address: str) -> socket.socket | None:
        """Return a connection to a public address, where none other may be."""
        if not self._is_public_only:
            return None
        parts = urlsplit(address)
        return open_public_socket(parts.hostname or "", parts.port or 443, TIMEOUT)

    @property
    def requests_left(self) -> int | None:
        """How many requests the instance still allows in this window; None until it said so."""
        headers = self._answer.headers if self._answer is not None else {}
        left = headers.get("X-RateLimit-Remaining", "")
        return int(left) if left.isdigit() else None

    def _streaming_address(self) -> str:
        """Ask where the streaming server is; a token goes to nobody in the clear."""
        try:
            self._api.instance_v2()
            answer = self._answer
            found = msgspec.json.decode(answer.content if answer is not None else b"{}")
            address = str(found["configuration"]["urls"]["streaming"])
        except (KeyError, TypeError, msgspec.DecodeError, MastodonNotFoundError):
            address = "ws" + self._base.removeprefix("http")
        except MastodonError as error:
            raise InstanceError(self._end(error)) from error
        parts = urlsplit(address)
        is_here = is_loopback(parts.hostname or "") and not self._is_public_only
        secure = parts.scheme == "wss" or (parts.scheme == "ws" and is_here)
        if not secure:
            detail = f"its streaming address {address[:100]!r} is not wss://"
            raise InstanceError(ConnectionEnd(403, detail))
        return address.rstrip("/")

    def _keep(self, answer: requests.Response, **_: Any) -> None:
        self._answer = answer

    def _end(self, error: MastodonError) -> ConnectionEnd:
        answer = self._answer
        if isinstance(error, MastodonNetworkError) or answer is None or answer.ok:
            return ConnectionEnd(detail=str(error)[:200])
        reset_in = _reset_in(answer.headers.get("X-RateLimit-Reset"))
        return ConnectionEnd(answer.status_code, _reason(answer.content), reset_in=reset_in)


def _reason(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["error"])[:200]
    except (KeyError, TypeError, msgspec.DecodeError):
        return ""


def _reset_in(moment: str | None) -> float:
    """Return the seconds until a moment in ISO 8601; 0 when there is none."""
    try:
        return max(0.0, datetime.fromisoformat(moment or "").timestamp() - now_ms() / 1000)
    except ValueError:
        return 0.0
