"""Connect reports: agents of one X app stay within X's limit of connects together."""

import time
from math import inf

from msgspec.structs import replace

from workers.agent.server import CaptureServer, ServerError
from workers.sources.x.connect_log import ConnectLog
from workers.sources.x.pacing import ConnectsElsewhere

EVERY, RETRY, UNKNOWN_RETRY = 30.0, 1.0, 600.0
"""Seconds until the next report, after one that failed, and to a server that counts no connects."""


class ConnectReports:
    """Reports connects to the server, and learns those of other machines of the app."""

    def __init__(self, server: CaptureServer, connects: ConnectLog, app: str) -> None:
        self._server = server
        self._connects = connects
        self._app = app
        self._due_at = self._not_before = 0.0
        self._reported = 0

    def report(self) -> bool:
        """Report when it is due, or this machine has connected; True when the server was called.

        Raises ServerError; until the next report this machine then keeps to its share.
        """
        now, made = time.monotonic(), self._connects.made
        if now < self._not_before or (now < self._due_at and made == self._reported):
            return False
        self._not_before = now + RETRY
        try:
            answer = self._server.share_connects(self._app, self._connects.ages())
        except ServerError:
            self._connects.elsewhere = replace(self._connects.elsewhere, known_at=-inf)
            raise
        if answer is None:
            self._not_before = now + UNKNOWN_RETRY
            return True
        self._due_at, self._reported = now + EVERY, made
        times = tuple(now - max(0.0, age) for age in answer.ages)
        self._connects.elsewhere = ConnectsElsewhere(times, max(1, answer.machines), now)
        return True
