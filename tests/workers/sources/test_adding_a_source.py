"""docs/adding-a-source.md suffices to add a source: an RSS feed, from its row to its posts."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from streams.filter import Filter
from streams.sources import SOURCES, SourceKind
from streams.stream import Stream, Wanted
from tests.rig.waiting import wait_until
from tests.workers.sources import rss_example
from workers.sources.registry import open_source
from workers.sources.source import Arrival, Received, Skipped, Source

SECONDS = 10.0
ROW = SourceKind(
    "rss",
    adapter="tests.workers.sources.rss_example:open_source",
    live=True,
    matching="local",
    title="RSS",
    has_places=False,
)


class Feed:
    """A feed on loopback, whose entries and health a test sets."""

    def __init__(self) -> None:
        self.items = ""
        self.broken = False
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = f"<rss><channel>{feed.items}</channel></rss>".encode()
                self.send_response(503 if feed.broken else 200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/feed"

    def publish(self, guid: str, title: str, author: str = "ada") -> None:
        self.items += f"<item><guid>{guid}</guid><title>{title}</title><author>{author}</author>"
        self.items += f"<link>https://example.org/{guid}</link></item>"


@pytest.fixture
def feed() -> Iterator[Feed]:
    made = Feed()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join(SECONDS)
    made.server.server_close()


@pytest.fixture
def source(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setattr(rss_example, "feed_address", feed.address)
    monkeypatch.setitem(SOURCES, "rss", ROW)
    return open_source("rss")


def stream(name: str, wanted: Filter) -> Stream:
    return Stream(name, 1, name, "rss", wanted, Wanted.RUNNING, 1, False, 0, 0)


def test_a_source_added_by_the_page_delivers_matches_and_reports_its_state(
    feed: Feed, source: Source
) -> None:
    rain = stream("rain", Filter("rain", languages=()))
    ada = stream("ada", Filter("from:ada", languages=()))
    assert {each: found.generation for each, found in source.follow([rain, ada]).items()} == {
        "rain": 1,
        "ada": 1,
    }
    came: list[Received] = []
    thread = threading.Thread(target=source.run, args=(came.append,), daemon=True)
    thread.start()
    feed.publish("1", "Rain at last")
    feed.publish("2", "No umbrella", author="bob")
    feed.publish("3", "")
    feed.publish("4", "Heavy rain", author="bob")
    wait_until(lambda: len(came) == 3, SECONDS, "two posts and a broken entry")
    assert source.link().connection == "connected"
    feed.broken = True
    wait_until(lambda: source.link().fault is not None, SECONDS, "the fault")
    feed.broken = False
    wait_until(lambda: source.link().fault is None, SECONDS, "the feed")
    (outage,) = source.outages()
    assert outage.since <= outage.until
    stopped = time.monotonic()
    source.stop()
    thread.join(SECONDS)
    assert time.monotonic() - stopped < 2
    posts = [each.content for each in came if isinstance(each.content, Arrival)]
    assert [(each.post.id, each.stream_ids) for each in posts] == [
        ("1", ("ada", "rain")),
        ("4", ("rain",)),
    ]
    assert posts[0].post.url == "https://example.org/1"
    assert [each.content.kind for each in came if isinstance(each.content, Skipped)] == ["no_text"]
    assert source.link().connection == "closed"
