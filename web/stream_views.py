"""Stream views: a stream with its status and totals at one moment."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from redis import Redis

from streams.job import CLIENT, Job
from streams.job_status import stream_status
from streams.live import LiveStoreError, history, report
from streams.live.report import Fault, SlotReport
from streams.post import COUNT_KINDS
from streams.replay import ReplayProgress
from streams.replay_status import replay_status
from streams.sources import is_recorded
from streams.status import NOBODY, Status, status_of
from streams.store import Store
from streams.stream import Stream, Wanted
from web import idle_notes
from web.backends import Backends

log = logging.getLogger(__name__)

REDIS_DOWN = Fault("redis_down", "Redis does not answer, so the state of this stream is unknown.")


BACKEND_FAULTS = {
    "redis": "Redis takes no writes, so collectors cannot report",
    "database": "The database takes no writes, so collectors cannot start or report",
}
"""What is said of a stream in place of `no_collector` while a backend is at fault."""


class StreamTotals(msgspec.Struct, frozen=True):
    """Posts since the stream was created, in all and by label.

    No tagger labelled those in `not_labelled`; `left_out` counts those of them that no viewer was
    shown. `accurate` counts the posts that the accurate model labelled; the fast one labelled the
    other labelled ones. `posts` is the sum of the kinds. `free` counts those of them that cost
    nothing, where the stream follows paid sources and others.
    """

    posts: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unknown: int = 0
    not_labelled: int = 0
    left_out: int = 0
    accurate: int = 0
    free: int = 0


class StreamView(msgspec.Struct, frozen=True):
    """A stream, with its status and its totals."""

    stream: Stream
    status: Status
    totals: StreamTotals
    client: str | None = None
    """The name of the capture client that runs it, if one does."""


class StreamViews:
    """Reads statuses and totals from Redis, or totals from SQL when Redis does not answer."""

    def __init__(
        self, store: Store, client: Redis, backends: Backends, now: Callable[[], int]
    ) -> None:
        self._store = store
        self._redis = client
        self._backends = backends
        self._now = now

    def of(self, streams: Sequence[Stream]) -> list[StreamView]:
        """Return the views of streams; the report of each slot is read once."""
        clients = [stream.id for stream in streams if stream.source == CLIENT]
        jobs = self._store.jobs.of_streams(clients)
        collected = [stream for stream in streams if stream.id not in jobs]
        views = {each.stream.id: each for each in self._collected_views(collected)}
        gaps = self._store.gaps.open_of(list(jobs)) if jobs else {}
        views |= {
            stream_id: self._job_view(job, gaps[stream_id].reason if stream_id in gaps else None)
            for stream_id, job in jobs.items()
        }
        return self._blame_backends([views[stream.id] for stream in streams])

    def _collected_views(self, streams: Sequence[Stream]) -> list[StreamView]:
        try:
            reports = {
                slot: report.read(self._redis, slot) for slot in {stream.slot for stream in streams}
            }
            replays = [stream.id for stream in streams if is_recorded(stream.source)]
            known = self._store.replays.of(replays)
            return [
                self._live_view(stream, reports[stream.slot], known.get(stream.id))
                for stream in streams
            ]
        except LiveStoreError as error:
            log.warning("Redis does not answer: %s", error)
            return [self._view_without_redis(stream) for stream in streams]

    def one(self, stream: Stream) -> StreamView:
        """Return the view of one stream."""
        return self.of([stream])[0]

    def _job_view(self, job: Job, gap: str | None) -> StreamView:
        """Return the view of a job, which a capture client runs and Redis does not know."""
        return StreamView(
            job.stream,
            stream_status(job, self._now(), gap),
            self._stored_totals(job.stream),
            job.client_name,
        )

    def _live_view(
        self, stream: Stream, last: SlotReport | None, known: ReplayProgress | None
    ) -> StreamView:
        stored = partial(self._store.minutes.totals, stream.id)
        counts = history.totals(self._redis, stream.id, stored)
        totals = StreamTotals(**counts, free=self._free_posts(stream))
        if is_recorded(stream.source):
            return StreamView(stream, replay_status(stream, known, last, self._now()), totals)
        status = status_of(stream, last, self._now())
        if stream.old and (note := idle_notes.read(self._redis, stream)):
            status = msgspec.structs.replace(status, note=note)
        return StreamView(stream, status, totals)

    def _view_without_redis(self, stream: Stream) -> StreamView:
        status = status_of(stream, None, self._now())
        if stream.wanted is Wanted.RUNNING:
            status = msgspec.structs.replace(status, fault=REDIS_DOWN)
        return StreamView(stream, status, self._stored_totals(stream))

    def _blame_backends(self, views: list[StreamView]) -> list[StreamView]:
        """Name the database or Redis where "no collector answers" is only what follows from it."""
        if not any(_has_no_collector(view) for view in views):
            return views
        faults = self._backends.faults()
        name = next((name for name in BACKEND_FAULTS if name in faults), None)
        if name is None:
            return views
        fault = Fault(f"{name}_down", f"{BACKEND_FAULTS[name]}: {faults[name]}.")
        return [
            msgspec.structs.replace(view, status=msgspec.structs.replace(view.status, fault=fault))
            if _has_no_collector(view)
            else view
            for view in views
        ]

    def _stored_totals(self, stream: Stream) -> StreamTotals:
        counts = self._store.minutes.totals(stream.id)
        in_all = sum(counts[kind] for kind in COUNT_KINDS)
        return StreamTotals(in_all, **counts, free=self._free_posts(stream))

    def _free_posts(self, stream: Stream) -> int:
        return self._store.minutes.free(stream.id) if stream.further_sources else 0


def _has_no_collector(view: StreamView) -> bool:
    return view.status.fault is not None and view.status.fault.code == NOBODY.code
