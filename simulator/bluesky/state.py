"""Everything that one running double of Jetstream holds, and the way of an event through it."""

import bisect
import hashlib
import itertools
import time
from array import array
from collections import deque
from collections.abc import Iterator
from typing import Any

import gevent
import msgspec

from simulator.bluesky.connection import JetstreamEvent, JetstreamSubscriber, WantedOptions
from simulator.bluesky.frames import info
from simulator.bluesky.settings import JetstreamSettings
from simulator.faults import ActiveFault, FaultOrder, Faults
from simulator.generator import Generator
from simulator.posts import Object, SimulatedPost, iso, snowflakes
from simulator.settings import SimulatorSettings
from simulator.users import UserDirectory
from streams.tokens import tokens

POSTS = "app.bsky.feed.post"
KINDS = frozenset("close stall garbage_line http_503 burst".split())
_STRIKES = ("close", "stall", "garbage_line")


class JetstreamState:
    """The state of a double; no module keeps any of its own."""

    def __init__(self, seed: int = 1, control_token: str | None = None) -> None:
        self.settings = JetstreamSettings()
        self.control_token = control_token
        self.faults = Faults(KINDS)
        self.open: list[JetstreamSubscriber] = []
        self.past: list[JetstreamSubscriber] = []
        self.profiles: dict[str, Object] = {}
        self.generator = Generator(
            UserDirectory(seed), snowflakes(), self.faults, seed, SimulatorSettings()
        )
        self.sent: list[tuple[int, str]] = []
        """Every post that went to a socket: number of the subscriber and its address."""
        self._events: deque[JetstreamEvent] = deque()
        self._last_us = 0
        self._numbers = itertools.count(1)
        self._keys = itertools.count(int(time.time() * 1000))

    def subscribe(
        self,
        options: WantedOptions,
        cursor: int | None,
        version: int = 1,
        is_binary: bool = False,
    ) -> JetstreamSubscriber:
        """Open a subscription; a cursor (µs) asks for what came after it, as far as it is kept."""
        made = JetstreamSubscriber(options, self.settings, self._record, version, is_binary)
        if cursor is not None:
            if version == 2 and cursor < self._oldest_us():
                made.say(info("OutdatedCursor", "the cursor was moved up"))
            made.offer(self._since(cursor))
        self.open.append(made)
        while self.faults and (fault := self.faults.take(*_STRIKES)):
            made.apply_fault(fault)
        return made

    def unsubscribe(self, subscriber: JetstreamSubscriber) -> None:
        """Count a subscription as closed."""
        subscriber.gone()
        if subscriber in self.open:
            self.open.remove(subscriber)
            self.past.append(subscriber)

    def post(self, text: str, handle: str = "demo.bsky.social", **record: Any) -> str:
        """Publish a post of an account; return its address."""
        did = self.account(handle)
        rkey = f"3k{next(self._keys)}"
        made = {"$type": POSTS, "text": text, "createdAt": iso(time.time()), "langs": ["en"]}
        self._commit(did, rkey, "create", made | record)
        return f"at://{did}/{POSTS}/{rkey}"

    def edit(self, uri: str, text: str) -> None:
        """Publish another version of a post."""
        did, rkey = _parts(uri)
        record = {"$type": POSTS, "text": text, "createdAt": iso(time.time()), "langs": ["en"]}
        self._commit(did, rkey, "update", record)

    def delete(self, uri: str) -> None:
        """Delete a post, whether it was ever made or not."""
        did, rkey = _parts(uri)
        self._commit(did, rkey, "delete", None)

    def rename(self, before: str, after: str) -> None:
        """Give an account another handle."""
        did = self.account(before)
        self.profiles[did] = {"did": did, "handle": after, "displayName": after.partition(".")[0]}
        self._publish(did, None, {"kind": "identity", "identity": {"did": did, "handle": after}})

    def end_account(self, handle: str, status: str) -> None:
        """Suspend, delete or take down an account."""
        did = self.account(handle)
        gone = {"active": False, "did": did, "status": status}
        self._publish(did, None, {"kind": "account", "account": gone})

    def account(self, handle: str) -> str:
        """Return the DID of a handle, which has one from now on."""
        did = "did:plc:" + hashlib.sha256(handle.encode()).hexdigest()[:24]
        name = handle.partition(".")[0]
        self.profiles.setdefault(did, {"did": did, "handle": handle, "displayName": name})
        return did

    def generate(self) -> None:
        """Publish the generator's posts for ever; run it in a greenlet."""
        for made in self.generator.posts(lambda: False):
            if not made.refers("retweeted"):
                self._publish_made(made)

    def published(self, word: str) -> list[str]:
        """Return the addresses of the kept posts that hold a word, by X's splitting of texts."""
        found = []
        for event in self._events:
            if event.uri is not None:
                record = msgspec.json.decode(event.line)["commit"]["record"]
                if word.lower() in tokens(record["text"]):
                    found.append(event.uri)
        return found

    def arm(self, order: FaultOrder) -> ActiveFault:
        """Put a fault in force; it strikes open subscriptions at once. Raises ValueError."""
        fault = self.faults.arm(order)
        if fault.kind in _STRIKES:
            for subscriber in list(self.open)[: fault.left]:
                subscriber.apply_fault(fault)
                self.faults.spend(fault)
        return fault

    def clear_faults(self) -> None:
        """End all faults, those that are striking subscriptions included."""
        self.faults.clear()
        for subscriber in self.open:
            subscriber.speak_again()

    def reset(self) -> None:
        """Forget events, faults and deliveries, and end all subscriptions."""
        self.clear_faults()
        for subscriber in list(self.open):
            subscriber.end("simulator reset")
        self._events.clear()
        self.sent.clear()

    def stop(self) -> None:
        """End all subscriptions cleanly."""
        for subscriber in list(self.open):
            subscriber.end("simulator stopping")
        gevent.sleep(0)

    def overview(self) -> Iterator[tuple[str, Any]]:
        """Yield what the control API shows at a glance."""
        yield "posts_per_second", self.generator.rate
        yield "events", len(self._events)
        yield "sent", len(self.sent)
        yield "connections", [each.shown() for each in (*self.past, *self.open)]
        yield "faults", [fault.shown() for fault in self.faults.in_force()]

    def _record(self, number: int, event: JetstreamEvent) -> None:
        self.sent.append((number, event.uri or ""))

    def _publish_made(self, made: SimulatedPost) -> None:
        author = made.author.data if made.author else {"username": "demo"}
        record: Object = {"langs": [made.data["lang"]]} if made.data["lang"] != "und" else {}
        self.post(made.text(), f"{author['username'].lower()}.bsky.social", **record)

    def _commit(self, did: str, rkey: str, operation: str, record: Object | None) -> None:
        commit: Object = {
            "rev": f"3r{next(self._keys)}",
            "operation": operation,
            "collection": POSTS,
            "rkey": rkey,
        }
        uri = None
        if record is not None:
            commit |= {"record": record, "cid": "bafyrei" + rkey}
            uri = f"at://{did}/{POSTS}/{rkey}"
        self._publish(did, POSTS, {"kind": "commit", "commit": commit}, uri)

    def _publish(
        self, did: str, collection: str | None, body: Object, uri: str | None = None
    ) -> None:
        self._last_us = max(self._last_us + 1, int(time.time() * 1e6))
        line = msgspec.json.encode({"did": did, "time_us": self._last_us, **body})
        event = JetstreamEvent(self._last_us, did, collection, line, uri, next(self._numbers))
        self._events.append(event)
        while len(self._events) > self.settings.corpus:
            self._events.popleft()
        for subscriber in list(self.open):
            subscriber.offer((event,))

    def _oldest_us(self) -> int:
        return int((time.time() - self.settings.window) * 1e6)

    def _since(self, cursor: int) -> list[JetstreamEvent]:
        """Return the events after a cursor that are still kept."""
        oldest = self._oldest_us()
        times = array("q", (each.time_us for each in self._events))
        first = bisect.bisect_right(times, max(cursor, oldest))
        return list(itertools.islice(self._events, first, None))


def _parts(uri: str) -> tuple[str, str]:
    """Return the account and the key of a post's address. Raises ValueError."""
    did, collection, rkey = uri.removeprefix("at://").split("/")
    if not did.startswith("did:") or collection != POSTS or not rkey:
        raise ValueError(f"{uri[:100]!r} is no address of a post")
    return did, rkey
