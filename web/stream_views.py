"""Overview: what is told of a stream at one moment."""

import logging
from collections.abc import Callable, Sequence

import msgspec
from redis import Redis

from streams.job import CLIENT, Job
from streams.job_status import stream_status
from streams.live import LiveStoreError, history, report
from streams.live.report import Fault, SlotReport
from streams.post import LABELS
from streams.replay import REPLAY, ReplayProgress
from streams.replay_status import replay_status
from streams.status import Status, status_of
from streams.store import Store
from streams.stream import Stream, Wanted

log = logging.getLogger(__name__)

REDIS_DOWN = Fault("redis_down", "Redis does not answer, so nothing is known of this stream.")


class StreamTotals(msgspec.Struct, frozen=True):
    """Posts since the stream was made, in all and by label."""

    posts: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unknown: int = 0


class StreamView(msgspec.Struct, frozen=True):
    """A stream, with its status and its totals."""

    stream: Stream
    status: Status
    totals: StreamTotals


class StreamViews:
    """Reads statuses and totals; where Redis is silent, what SQL remembers."""

    def __init__(self, store: Store, client: Redis, now: Callable[[], int]) -> None:
        self._store = store
        self._redis = client
        self._now = now

    def of(self, streams: Sequence[Stream]) -> list[StreamView]:
        """Look at streams; the report of each slot is read once."""
        clients = [stream.id for stream in streams if stream.source == CLIENT]
        jobs = self._store.jobs.of_streams(clients)
        collected = [stream for stream in streams if stream.id not in jobs]
        seen = {each.stream.id: each for each in self._collected(collected)}
        seen |= {stream_id: self._job(job) for stream_id, job in jobs.items()}
        return [seen[stream.id] for stream in streams]

    def _collected(self, streams: Sequence[Stream]) -> list[StreamView]:
        try:
            reports = {
                slot: report.read(self._redis, slot) for slot in {stream.slot for stream in streams}
            }
            replays = [stream.id for stream in streams if stream.source == REPLAY]
            known = self._store.replays.of(replays)
            return [
                self._seen(stream, reports[stream.slot], known.get(stream.id)) for stream in streams
            ]
        except LiveStoreError as error:
            log.warning("Redis does not answer: %s", error)
            return [self._unseen(stream) for stream in streams]

    def one(self, stream: Stream) -> StreamView:
        """Look at one stream."""
        return self.of([stream])[0]

    def _job(self, job: Job) -> StreamView:
        """Look at what a capture client runs: Redis knows nothing of it."""
        return StreamView(job.stream, stream_status(job, self._now()), self._remembered(job.stream))

    def _seen(
        self, stream: Stream, last: SlotReport | None, known: ReplayProgress | None
    ) -> StreamView:
        totals = StreamTotals(**history.totals(self._redis, stream.id))
        if not totals.posts:
            totals = self._remembered(stream)
        if stream.source == REPLAY:
            return StreamView(stream, replay_status(stream, known, last, self._now()), totals)
        return StreamView(stream, status_of(stream, last, self._now()), totals)

    def _unseen(self, stream: Stream) -> StreamView:
        status = status_of(stream, None, self._now())
        if stream.wanted is Wanted.RUNNING:
            status = msgspec.structs.replace(status, fault=REDIS_DOWN)
        return StreamView(stream, status, self._remembered(stream))

    def _remembered(self, stream: Stream) -> StreamTotals:
        counts = self._store.minutes.totals(stream.id)
        return StreamTotals(sum(counts[label] for label in LABELS), **counts)
