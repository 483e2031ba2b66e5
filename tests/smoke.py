"""Tries the real platforms: `python -m tests.smoke`. No other test leaves this machine.

Reads from each host of BLUESKY_HOSTS, looks up a handle, and reads from the Mastodon instance of
the settings. Prints a line for each and ends with 1 if one could not be read.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from streams.filter import Filter
from streams.post import Post
from streams.settings import Settings, settings
from streams.store import Store
from streams.store.migrate import migrate
from streams.stream import Stream, Wanted
from workers.sources.bluesky.handles import Handles
from workers.sources.bluesky.source import BlueskySource
from workers.sources.mastodon.source import open_source as open_mastodon
from workers.sources.source import Arrival, Received, Source

ENOUGH = 5
"""Posts that prove that a platform can be read."""
SECONDS = 20.0
ACCOUNT = "bsky.app"
"""An account of Bluesky's own, whose handle is looked up."""


def read(source: Source, platform: str, seconds: float = SECONDS) -> tuple[bool, str]:
    """Read some posts; return whether they came, and a sentence about it."""
    began, done = time.monotonic(), threading.Event()
    posts: list[Post] = []

    def receive(line: Received) -> None:
        if isinstance(line.content, Arrival):
            posts.append(line.content.post)
            if len(posts) >= ENOUGH:
                done.set()
        source.taken(line.position)

    now = int(time.time() * 1000)
    everything = Filter(languages=())
    wanted = Stream("smoke", 1, "smoke", platform, everything, Wanted.RUNNING, 1, False, 0, now)
    source.follow([wanted])
    thread = threading.Thread(target=source.run, args=(receive,), daemon=True)
    thread.start()
    done.wait(seconds)
    fault = source.link().fault
    source.stop()
    thread.join(5)
    if done.is_set():
        return True, f"{len(posts)} posts in {time.monotonic() - began:.1f} s"
    return False, fault.message if fault else f"{len(posts)} posts in {seconds:g} s"


def try_bluesky(host: str, seconds: float = SECONDS) -> tuple[bool, str]:
    """Read from one host."""
    with _store() as store:
        source = BlueskySource("bluesky", store.positions, [host], Handles(""))
        return read(source, "bluesky", seconds)


def try_handles(api: str, handle: str = ACCOUNT, seconds: float = SECONDS) -> tuple[bool, str]:
    """Look up the account of a handle."""
    handles = Handles(api)
    handles.follow(frozenset([handle]))
    threading.Thread(target=handles.lookup, daemon=True).start()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and handle not in handles.found():
        time.sleep(0.1)
    handles.stop()
    is_found = handle in handles.found()
    return is_found, f"{handle} {'was found' if is_found else 'could not be looked up'}"


def _trials(chosen: Settings) -> Iterator[tuple[str, Callable[[], tuple[bool, str]]]]:
    for host in chosen.bluesky_hosts:
        yield host, partial(try_bluesky, host)
    if api := chosen.bluesky_api:
        yield api, partial(try_handles, api)
    if chosen.mastodon_instance and chosen.mastodon_token:
        yield chosen.mastodon_instance, lambda: read(open_mastodon("mastodon"), "mastodon")


@contextmanager
def _store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'weir.db'}")
        migrate(store.engine)
        try:
            yield store
        finally:
            store.engine.dispose()


def main() -> int:
    """Try all; return the exit status."""
    chosen, failed = settings(), 0
    for name, trial in _trials(chosen):
        is_read, sentence = trial()
        failed += not is_read
        print(f"{'ok    ' if is_read else 'FAILED'} {name}: {sentence}", flush=True)
    if not (chosen.mastodon_instance and chosen.mastodon_token):
        print("not tried: Mastodon; set MASTODON_INSTANCE and MASTODON_TOKEN")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
