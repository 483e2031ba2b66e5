"""One job's connection to X: from a chosen local address, with rules from its keywords."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import requests

from streams.clock import clock
from streams.filter import MAX_KEYWORDS, Filter
from streams.geo_keyword import is_geo
from streams.settings import Settings
from streams.stream import Stream, Wanted
from workers.sources.source import Followed
from workers.sources.x.client import TWEEPY_HOST, Rebase, XClient, bearer_of
from workers.sources.x.connect_log import ConnectLog
from workers.sources.x.rule_book import RuleBook, RuleRoute
from workers.sources.x.source import XSource


class XAccess(msgspec.Struct, frozen=True):
    """An X app, where X is, and the address to call from."""

    api_base: str
    api_key: str
    api_secret: str
    source_addr: str | None = None

    def bearer(self) -> str:
        """Fetch the app-only token; raises requests.RequestException."""
        with requests.Session() as session:
            session.mount(self.api_base, self.adapter())
            return bearer_of(self.api_base, self.api_key, self.api_secret, session)

    def adapter(self) -> "BoundAdapter":
        """Return the transport adapter for requests to X."""
        return BoundAdapter(self.api_base, self.source_addr)

    def connect_log(self, folder: Path) -> ConnectLog:
        """Return the log of the app's connects, a file in `folder`: X counts them by app."""
        return ConnectLog(folder / f"{self.app}.connects")

    @property
    def app(self) -> str:
        """The app without its key: 16 hexadecimal digits."""
        return hashlib.sha256(f"{self.api_base}\0{self.api_key}".encode()).hexdigest()[:16]


class BoundAdapter(Rebase):
    """Calls X from one local address."""

    def __init__(self, base: str, source_addr: str | None) -> None:
        self._source = (source_addr, 0) if source_addr else None
        super().__init__(base)

    def init_poolmanager(self, *words: Any, **options: Any) -> None:
        """Bind each connection to its local address."""
        super().init_poolmanager(*words, **options, source_address=self._source)


class BoundClient(XClient):
    """Streams what the rules ask for, or X's sample of everything."""

    def __init__(self, access: XAccess, bearer: str, *, sample: bool) -> None:
        super().__init__(access.api_base, bearer)
        self.session.mount(TWEEPY_HOST, access.adapter())
        self._sample = sample

    def take_date(self, date: str | None) -> None:
        """Go by X's clock: an agent has no other at hand that all agree on."""
        clock.learn_date(date, "X")

    def filter(self, **fields: Any) -> Any:
        """Open the stream."""
        return self.sample(**fields) if self._sample else super().filter(**fields)


class MatchAll(RuleBook):
    """Replaces the rule book without rules: every post is for the one job."""

    def __init__(self, client: XClient) -> None:
        super().__init__(client)
        self._all: tuple[RuleRoute, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self._all

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Keep the streams that get every post."""
        self._all = tuple(RuleRoute(stream.id) for stream in wanted)
        return {stream.id: Followed(stream.generation) for stream in wanted}

    def feeds(self, rules: Sequence[tuple[str, str]]) -> tuple[RuleRoute, ...]:
        """Return them, whatever matched."""
        return self._all


class JobSource(XSource):
    """The X source with one job in place of many streams, and an app of its own."""

    def __init__(self, access: XAccess, connects: ConnectLog, *, sample: bool) -> None:
        super().__init__(Settings.model_construct(x_api_base=access.api_base), connects)
        self._access = access
        self._sample = sample

    def _open(self) -> XClient:
        return BoundClient(self._access, self._bearer or "", sample=self._sample)

    def _rule_book(self) -> RuleBook:
        if self._book is None:
            self._bearer = self._access.bearer()
            self._book = (MatchAll if self._sample else RuleBook)(self._open())
        return self._book


def job_streams(wanted: Filter, job: str) -> tuple[Stream, ...]:
    """Return the streams of a job; a post may match any of them.

    Several, because a stream has at most MAX_KEYWORDS keywords, and so that a box that X rejects
    does not affect the others; without keywords, one that matches everything. `job` identifies
    the job among all jobs; stream ids, which the rules carry, are derived from it.
    """
    words = wanted.words
    keywords = [words[at : at + MAX_KEYWORDS] for at in range(0, len(words), MAX_KEYWORDS)]
    keywords += [(term,) for term in wanted.terms if is_geo(term)]
    filters = [msgspec.structs.replace(wanted, keywords=each) for each in keywords or [()]]
    return tuple(_job_stream(f"{job}\0{n}", each) for n, each in enumerate(filters))


def _job_stream(identity: str, wanted: Filter) -> Stream:
    return Stream(
        id=hashlib.sha256(identity.encode()).hexdigest()[:16],
        account_id=0,
        name="",
        source="x",
        filter=wanted,
        wanted=Wanted.RUNNING,
        generation=1,
        old=False,
        created_at=0,
        changed_at=0,
    )
