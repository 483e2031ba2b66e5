"""Stream control: writes a stream's wanted state to SQL, then sends the task that applies it."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock

import gevent
from msgspec.structs import replace
from redis import Redis

from streams.filter import Filter
from streams.job import CLIENT
from streams.live import LiveStoreError, history
from streams.names import STARTING, TASK_START, TASK_STOP, legacy_room, room
from streams.plan import Plan
from streams.replay import REPLAY
from streams.sources import DEFAULT_SOURCE
from streams.store import Store
from streams.stream import Stream, Wanted
from web import idle_notes
from web.errors import ApiError
from web.jobs import JobService
from web.live.fan_out import FanOut
from web.live.rooms import Rooms
from web.live.viewers import Viewers
from web.quotas import QuotaKeeper
from web.task_queue import TaskQueue

log = logging.getLogger(__name__)

LOCK_SECONDS, WAIT_SECONDS = 5.0, 0.4
"""How long one process may keep the others from starting streams, and they wait for it."""
MAX_STREAMS = 100
"""Streams of one account, not counting archived ones."""


class StreamControl:
    """Creates, edits, starts and stops streams; every method is safe to repeat.

    When the broker is down, the wanted state is saved and TaskQueueDown raised. The workers compare
    wanted and actual states on their own, so no request is lost.
    """

    def __init__(
        self,
        store: Store,
        client: Redis,
        tasks: TaskQueue,
        quotas: QuotaKeeper,
        fan_out: FanOut,
        rooms: Rooms,
        viewers: Viewers,
        notify: Callable[[], None],
        jobs: JobService,
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._redis = client
        self._tasks = tasks
        self._quotas = quotas
        self._fan_out = fan_out
        self._rooms = rooms
        self._viewers = viewers
        self._notify = notify
        self._now = now
        self._jobs = jobs
        self._legacy_lock = Lock()
        self._start_lock = Lock()

    def create(
        self,
        account_id: int,
        name: str,
        wanted: Filter,
        plan: Plan,
        sources: Sequence[str] = (DEFAULT_SOURCE,),
    ) -> Stream:
        """Create a stream, stopped; one whose plan is a replay has that for its source."""
        if len(self._store.streams.of_account(account_id)) >= MAX_STREAMS:
            raise ApiError(
                409,
                "too_many_streams",
                f"an account has at most {MAX_STREAMS} streams: delete one first",
            )
        return self._store.streams.create(
            account_id,
            name,
            wanted,
            self._now(),
            plan=plan,
            source=REPLAY if plan.replay else sources[0],
            further_sources=() if plan.replay else sources[1:],
        )

    def edit(
        self, stream: Stream, name: str | None, wanted: Filter | None, plan: Plan | None = None
    ) -> Stream:
        """Change name, filter or plan, also while the stream runs."""
        with self._alone():  # so that two changes cannot both take the last rules
            if wanted is not None:
                self._quotas.check_filter(replace(stream, filter=wanted, generation=-1))
            edited = self._write(stream, name=name, filter_=wanted, plan=plan)
        changed = (edited.generation, edited.plan) != (stream.generation, stream.plan)
        if edited.wanted is Wanted.RUNNING and changed:
            self._send(TASK_START, stream)
        return edited

    def start(self, stream: Stream) -> Stream:
        """Start a stream; a replay that has ended starts from the beginning."""
        with self._alone():  # so that two starts cannot both take the last place
            self._quotas.check_start(stream)
            started = self._write(stream, wanted=Wanted.RUNNING, plan=self._next_run(stream))
        self._fan_out.unmute(stream.id)
        self._send(TASK_START, stream)
        return started

    def stop(self, stream: Stream) -> Stream:
        """Stop a stream; from now on none of its posts reaches a viewer."""
        stopped = self._write(stream, wanted=Wanted.STOPPED)
        self._fan_out.mute(stream.id)
        self._send(TASK_STOP, stream)
        return stopped

    def archive(self, stream: Stream) -> None:
        """Stop a stream for good; SQL keeps its records, Redis forgets it."""
        self._write(stream, wanted=Wanted.ARCHIVED)
        self._fan_out.mute(stream.id)
        self._rooms.empty(room(stream.id))
        self._rooms.empty(legacy_room(stream.id))
        self._send(TASK_STOP, stream)
        history.forget(self._redis, stream.id)

    def start_legacy(self, account_id: int, wanted: Filter) -> Stream:
        """Start the existing dashboard's one stream of an account, with a new filter."""
        with self._legacy_lock:
            stream = self._store.streams.legacy_of(account_id)
            if stream is not None:
                self._quotas.check_filter(replace(stream, filter=wanted, generation=-1))
            if stream is None:
                stream = self._store.streams.create(
                    account_id, "Old dashboard", wanted, self._now(), old=True
                )
            else:
                stream = self._write(stream, filter_=wanted)
        for sid in self._viewers.anonymous_sockets():
            self.follow_legacy(sid, stream)
        for sid in self._viewers.legacy_sockets(account_id):
            self._rooms.enter(sid, legacy_room(stream.id))
        return self.start(stream)

    def stop_idle(self, stream: Stream, minutes: float) -> Stream:
        """Stop a legacy stream that nobody watched for so long, and leave a note that says so."""
        stopped = self.stop(stream)
        idle_notes.write(self._redis, stopped, minutes)
        return stopped

    def stop_legacy(self, account_id: int) -> Stream | None:
        """Stop the existing dashboard's stream of an account, if it has one."""
        stream = self._store.streams.legacy_of(account_id)
        return self.stop(stream) if stream else None

    def follow_legacy(self, sid: str, stream: Stream) -> None:
        """Subscribe an anonymous socket to the legacy stream that was started last."""
        self._rooms.leave_legacy(sid)
        self._rooms.enter(sid, legacy_room(stream.id))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other process check limits while the block does, unless Redis does not answer."""
        lock = self._redis.lock(STARTING, timeout=LOCK_SECONDS, sleep=0.02)
        with self._start_lock:
            is_mine = False
            try:
                with gevent.Timeout(WAIT_SECONDS, False):
                    is_mine = lock.acquire(blocking_timeout=WAIT_SECONDS)
            except LiveStoreError as error:
                log.warning("limits of streams are checked for this process alone: %s", error)
            try:
                yield
            finally:
                if is_mine:
                    with suppress(LiveStoreError):  # it ends by itself
                        lock.release()

    def _next_run(self, stream: Stream) -> Plan | None:
        """Return the plan of a replay's next run, if its present run has ended."""
        replay = stream.plan.replay
        known = self._store.replays.get(stream.id) if replay else None
        if replay is None or known is None or not known.has_ended(replay):
            return None
        following = replace(replay, run=replay.run + 1)
        return replace(stream.plan, replay=following)

    def _send(self, task: str, stream: Stream) -> None:
        """Send the workers a task, unless a capture client runs the stream."""
        if stream.source != CLIENT:
            self._tasks.send(task, stream.id)

    def _write(
        self,
        stream: Stream,
        *,
        name: str | None = None,
        filter_: Filter | None = None,
        plan: Plan | None = None,
        wanted: Wanted | None = None,
    ) -> Stream:
        if stream.wanted is Wanted.ARCHIVED and wanted is not Wanted.ARCHIVED:
            raise ApiError(409, "archived", "this stream is archived and cannot change")
        written: Stream | None
        if stream.source == CLIENT:
            written = self._jobs.write(stream, name=name, filter_=filter_, plan=plan, wanted=wanted)
        else:
            written = self._store.streams.edit(
                stream.id,
                stream.account_id,
                self._now(),
                name=name,
                filter_=filter_,
                plan=plan,
                wanted=wanted,
            )
        if written is None:
            raise ApiError(404, "no_such_stream", "you have no such stream")
        self._notify()
        return written
