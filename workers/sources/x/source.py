"""The X source: one connection for all streams, split by rules, read through Tweepy."""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec
import requests
import tweepy

from streams.clock import now_ms
from streams.live import connect
from streams.live.report import Fault
from streams.names import slot_path
from streams.settings import Settings, settings
from streams.stream import Stream
from workers.sources.source import (
    Arrival,
    Followed,
    Link,
    Outage,
    Receive,
    Skipped,
    decoded,
)
from workers.sources.x.client import XClient, bearer_from, outcome_of
from workers.sources.x.connect_log import ConnectLog
from workers.sources.x.own_rules import only_rules
from workers.sources.x.pacing import KNOWN, AttemptOutcome, Pacing, RetryDecision
from workers.sources.x.payload import (
    Delivery,
    MalformedLine,
    StreamError,
    read_line,
    rules_named_in,
)
from workers.sources.x.rule_book import REREAD_SECONDS, RuleBook, RuleRoute
from workers.sources.x.slot_connects import SlotConnects

log = logging.getLogger(__name__)

NO_RULES = 409
REDIS_SECONDS = 0.5
"""How long a connect to X waits for Redis, which says when other machines connected."""
REDELETE_SECONDS = 30.0
"""Seconds until a rule that X did not delete is deleted again."""


class XSource:
    """Implements Source for the X API v2 filtered stream."""

    def __init__(self, settings: Settings, connects: ConnectLog | None = None) -> None:
        """Count connects of earlier processes, too, with a log of `connects`."""
        self._settings = settings
        self._connects = connects
        now = time.monotonic()
        before = [now - age for age in connects.ages()] if connects else []
        self._pacing = Pacing(settings.x_connects, before)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._client: XClient | None = None
        self._book: RuleBook | None = None
        self._bearer: str | None = None
        self._link = Link()
        self._followed: tuple[tuple[Stream, ...], dict[str, Followed]] = ((), {})
        self._follow_again_at = 0.0
        self._followed_at = 0.0
        self._fault: Fault | None = None
        self._ended: Outage | None = None
        """The outage that the last connection left; it ends when the next one stands."""
        self._outages: deque[Outage] = deque()

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Bring X's rules in step. `link()` reports a failure; it is retried when X allows."""
        asked = tuple(wanted)
        unchanged = asked == self._followed[0] or (not asked and self._book is None)
        if unchanged and not self._must_reread():
            return self._followed[1]
        if asked != self._followed[0] and self._link.connection == "refused":
            self._wake.set()
        if self._fault is not None and time.monotonic() < self._follow_again_at:
            return self._unchanged(asked, self._fault)
        try:
            followed = self._rule_book().follow(asked)
        except (tweepy.TweepyException, requests.RequestException) as error:
            self._fault = self._rules_failed(error)
            return self._unchanged(asked, self._fault)
        self._followed = (asked, followed)
        self._followed_at = time.monotonic()
        self._fault = None
        self._wake.set()
        return followed

    def _must_reread(self) -> bool:
        """Compare with X's rules once an hour, and soon while X has not deleted what it should."""
        if self._book is None:
            return False
        due = REDELETE_SECONDS if self._book.undeleted else REREAD_SECONDS
        if time.monotonic() - self._followed_at <= due:
            return False
        self._book.forget()
        return True

    def run(self, receive: Receive) -> None:
        """Connect whenever there are rules, read until the end, wait as X asks."""
        while not self._stopped.is_set():
            self._wake.clear()
            if self._book is None or self._book.empty:
                if self._link.connection != "refused" and not self._link.fault:
                    self._link = Link("idle")
                self._wake.wait(1.0)
            elif (wait := self._wait_to_connect()) > 0:
                most = self._settings.x_connects
                text = f"{most} connects in 15 minutes are allowed. Waiting {wait:.0f} s."
                self._pause(RetryDecision(wait, Fault("rate_limited", text)))
            else:
                if self._connects is not None:
                    self._connects.add()
                outcome = self._attempt(receive)
                if outcome.status == NO_RULES:
                    self._followed = (
                        (),
                        {},
                    )  # the rules that X holds are not the ones we know: read them
                    self._book.forget()
                if not self._stopped.is_set():
                    self._pause(self._pacing.after(outcome))
        self._link = msgspec.structs.replace(self._link, connection="closed")

    def _wait_to_connect(self) -> float:
        if self._connects is None:
            return self._pacing.connecting(time.monotonic())
        elsewhere = self._connects.look_elsewhere()
        wait = self._pacing.connecting(time.monotonic(), elsewhere)
        return min(wait, KNOWN) if elsewhere.machines > 1 else wait  # more may be known by then

    def decode(self, raw: bytes, received_at: int) -> Arrival | Skipped:
        """Decode and route a line; an in-stream disconnect message is an order to reconnect."""
        line = read_line(raw, received_at, is_matched=True)
        if isinstance(line, Delivery):
            routes = self._book.feeds(line.rules) if self._book else ()
            ids = _ids([it for it in routes if not it.inside or line.lies(it.inside)])
            if not ids and self._book is not None and self._book.empty:
                self._cut()  # the rules are deleted, but X still delivers, and bills
            share = partial(self._share, line.rules) if len(line.rules) > 1 else None
            return Arrival(line.post, ids, share) if ids else Skipped("unrouted")
        if isinstance(line, MalformedLine):
            feeds = self._book.feeds(rules_named_in(raw)) if self._book else ()
            return Skipped(line.kind, _ids(feeds))
        if isinstance(line, StreamError):
            log.warning("X ends the stream: %s", line.message)
            self._cut()
        return Skipped(line.kind)

    def taken(self, position: object) -> None:
        """Nothing to record: X cannot be asked for the same posts again."""

    def _share(
        self, rules: Sequence[tuple[str, str]], stream_id: str, raw: bytes
    ) -> tuple[bytes, int]:
        """Leave out the rules that brought the post to other streams, or to other programs."""
        book = self._book
        own = [rule[0] for rule in rules if book and stream_id in _ids(book.feeds([rule]))]
        return only_rules(raw, own)

    def link(self) -> Link:
        """Tell the state of the connection, with the time of the last line."""
        client = self._client
        if client is None or client.connected_at is None:
            return self._link
        proved_at = client.last_line_at or client.connected_at
        return Link("connected", int(client.connected_at * 1000), int(proved_at * 1000))

    def outages(self) -> list[Outage]:
        """Return the outages that ended since the last call."""
        return [self._outages.popleft() for _ in range(len(self._outages))]

    def commit(self, everything: bool) -> None:
        """Nothing to save: X cannot be asked for the same posts again."""

    def stop(self) -> None:
        """End `run`: a waiting read returns, a back-off ends."""
        with self._lock:
            self._stopped.set()
            if self._client is not None:
                self._client.cut()
        self._wake.set()

    def _open(self) -> XClient:
        return XClient(self._settings.x_api_base, self._bearer or "")

    def _cut(self) -> None:
        if client := self._client:
            client.cut()

    def _attempt(self, receive: Receive) -> AttemptOutcome:
        with self._lock:
            if self._stopped.is_set():
                return AttemptOutcome("closed")
            client = self._client = self._open()
        self._link = Link(
            "connecting", last_line_at=self._link.last_line_at, fault=self._link.fault
        )
        try:
            return client.attempt(
                lambda raw, at: receive(decoded(self.decode, raw, at)), self._on_connected
            )
        finally:
            link = self.link()
            self._link = Link("connecting", last_line_at=link.last_line_at)
            if client.connected_at is not None and (since := client.proved_until) is not None:
                self._ended = Outage(since, since, "disconnected")
            self._client = None

    def _on_connected(self, at: int) -> None:
        if self._ended is not None:
            self._outages.append(
                msgspec.structs.replace(self._ended, until=max(at, self._ended.since))
            )
            self._ended = None

    def _pause(self, decision: RetryDecision) -> None:
        log.warning("%s", decision.fault.message)
        if self._ended is not None:
            self._ended = msgspec.structs.replace(self._ended, reason=decision.fault.code)
        self._link = Link(
            "refused" if decision.refused else "backing_off",
            last_line_at=self._link.last_line_at,
            retry_at=now_ms() + round(decision.seconds * 1000),
            fault=decision.fault,
        )
        if decision.free_slot:
            self._free_slot()
        deadline = time.monotonic() + decision.seconds
        while not self._stopped.is_set() and (left := deadline - time.monotonic()) > 0:
            if self._wake.wait(left) and decision.refused:
                return  # somebody changed what is wanted: worth asking X again
            self._wake.clear()

    def _free_slot(self) -> None:
        try:
            self._open().free_slot()
        except (tweepy.TweepyException, requests.RequestException) as error:
            log.warning("X did not close the earlier connection: %s", error)

    def _rule_book(self) -> RuleBook:
        if self._book is None:
            self._bearer = bearer_from(self._settings)
            self._book = RuleBook(self._open())
        return self._book

    def _unchanged(self, asked: Sequence[Stream], fault: Fault) -> dict[str, Followed]:
        """What is in force goes on; what was to change says why it has not."""
        before = self._followed[1]
        return {
            stream.id: kept
            if (kept := before.get(stream.id)) and kept.generation == stream.generation
            else Followed(stream.generation, fault)
            for stream in asked
        }

    def _rules_failed(self, error: Exception) -> Fault:
        """Return why the rules could not be changed, and when Weir tries again."""
        response = getattr(error, "response", None)
        if response is not None:
            decision = Pacing().after(outcome_of(response, response.status_code))
        else:
            text = f"X cannot be reached at {self._settings.x_api_base}. Trying again."
            decision = RetryDecision(2.0, Fault("unreachable", text))
        seconds = min(decision.seconds, 60.0)
        self._follow_again_at = time.monotonic() + seconds
        log.warning("the rules could not be changed: %s", decision.fault.message)
        if self._client is None:
            self._link = Link(
                "refused" if decision.refused else "backing_off",
                retry_at=now_ms() + round(seconds * 1000),
                fault=decision.fault,
            )
        return decision.fault


def _ids(routes: Iterable[RuleRoute]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([route.stream_id for route in routes]))


def open_source(slot: str) -> XSource:
    """Make the source with this process's settings, and the connects of those before it."""
    from workers.lifecycle.heartbeats import worker_name  # Celery, which an agent does without

    chosen = settings()
    path = slot_path(chosen.data_dir, slot, ".connects")
    client = connect(chosen, REDIS_SECONDS)
    return XSource(chosen, SlotConnects(path, client, slot, worker_name()))
