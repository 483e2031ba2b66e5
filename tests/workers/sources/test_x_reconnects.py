"""However often X ends a connection, nothing of it stays in memory."""

import gc
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from streams.settings import Settings
from workers.sources.source import Received
from workers.sources.x.source import XSource

LINE = b'{"data": {"id": "1", "text": "rain"}, "matching_rules": [{"id": "1", "tag": "a"}]}\r\n'
OURS = ("workers.", "tweepy.", "requests.", "urllib3.", "http.", "socket", "threading")


class EndingStream(BaseHTTPRequestHandler):
    """Sends one line, then ends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(LINE)

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
