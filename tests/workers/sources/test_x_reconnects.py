"""When X ends a connection: what is missing since, and that nothing of it stays in memory."""

import gc
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from streams.clock import now_ms
from streams.settings import Settings
from workers.captures.segments.timestamps import iso, posted_ms
from workers.captures.segments.totals import created_at_of
from workers.sources.source import Received
from workers.sources.x.source import XSource

LINE = (
    b'{"data": {"id": "1", "text": "rain", "created_at": "%s"}, '
    b'"matching_rules": [{"id": "1", "tag": "a"}]}\r\n'
)
DELAY_MS = 5_000
OURS = ("workers.", "tweepy.", "requests.", "urllib3.", "http.", "socket", "threading")


class EndingStream(BaseHTTPRequestHandler):
    """Sends one line, then ends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(LINE % iso(now_ms() - DELAY_MS).encode())

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def ending_stream() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), EndingStream) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def counted() -> Counter[str]:
    """Count what lives, by type."""
    gc.collect()
    kinds = (type(each) for each in gc.get_objects())
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)
    return Counter(name for name in names if name.startswith(OURS))


def test_a_connection_that_ended_leaves_no_object_behind() -> None:
    received: list[Received] = []
    with ending_stream() as base:
        source = XSource(Settings.model_construct(x_api_base=base))
        source._attempt(received.append)
        before = counted()
        for _ in range(20):
            source._attempt(received.append)
            received.clear()
        grown = {name: more for name, more in (counted() - before).items() if more >= 5}
    assert grown == {}
    assert len(source.outages()) == 20


def test_an_outage_begins_when_the_last_post_that_came_was_written() -> None:
    with ending_stream() as base:
        source = XSource(Settings.model_construct(x_api_base=base))
        received: list[Received] = []
        source._attempt(received.append)
        source._attempt(received.append)
    (outage,) = source.outages()
    written = posted_ms(created_at_of(received[0].raw))
    assert outage.since == written
    assert outage.since <= received[0].received_at - DELAY_MS
