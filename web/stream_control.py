"""Control: an owner's orders about streams. SQL first, then the task that makes it so."""

from collections.abc import Callable
from threading import Lock

import msgspec
from redis import Redis

from streams.filter import Filter
from streams.job import CLIENT
from streams.live import history
from streams.names import TASK_START, TASK_STOP, legacy_room, room
from streams.plan import Plan
from streams.replay import REPLAY
from streams.store import Store
from streams.stream import Stream, Wanted
from web.errors import ApiError
from web.jobs import JobService
from web.live.fan_out import FanOut
from web.live.rooms import Rooms
from web.live.viewers import Viewers
from web.task_queue import TaskQueue

MAX_STREAMS = 100
"""Streams of one account, archived ones aside."""


class StreamControl:
    """Every order is safe to repeat. When the broker is down, the order stands and TasksDown rises.

    The workers compare wanted and real states by themselves, so an order is never lost.
    """

    def __init__(
        self,
        store: Store,
        client: Redis,
        tasks: TaskQueue,
        fan_out: FanOut,
        rooms: Rooms,
        viewers: Viewers,
        changed: Callable[[], None],
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._redis = client
        self._tasks = tasks
        self._fan_out = fan_out
        self._rooms = rooms
        self._viewers = viewers
        self._changed = changed
        self._now = now
        self._jobs = JobService(store, now)
        self._old = Lock()

    def create(self, account_id: int, name: str, wanted: Filter, plan: Plan) -> Stream:
        """Save a stopped stream."""
        if len(self._store.streams.of_account(account_id)) >= MAX_STREAMS:
            raise ApiError(
                409,
                "too_many_streams",
                f"an account has at most {MAX_STREAMS} streams: delete some",
            )
        source = REPLAY if plan.replay else "x"
        return self._store.streams.create(
            account_id, name, wanted, self._now(), plan=plan, source=source
        )

    def edit(
        self, stream: Stream, name: str | None, wanted: Filter | None, plan: Plan | None = None
    ) -> Stream:
        """Change name, filter or plan, also while it runs."""
        edited = self._write(stream, name=name, filter_=wanted, plan=plan)
        changed = (edited.generation, edited.plan) != (stream.generation, stream.plan)
        if edited.wanted is Wanted.RUNNING and changed:
            self._send(TASK_START, stream)
        return edited

    def start(self, stream: Stream) -> Stream:
        """Want a stream to run; a replay that came to its end begins anew."""
        started = self._write(stream, wanted=Wanted.RUNNING, plan=self._anew(stream))
        self._fan_out.unmute(stream.id)
        self._send(TASK_START, stream)
        return started

    def stop(self, stream: Stream) -> Stream:
        """Want a stream to stop; from here on no post of it reaches a viewer."""
        stopped = self._write(stream, wanted=Wanted.STOPPED)
        self._fan_out.mute(stream.id)
        self._send(TASK_STOP, stream)
        return stopped

    def archive(self, stream: Stream) -> None:
        """Stop a stream for good; what SQL knows of it stays, what Redis knows goes."""
        self._write(stream, wanted=Wanted.ARCHIVED)
        self._fan_out.mute(stream.id)
        self._rooms.empty(room(stream.id))
        self._rooms.empty(legacy_room(stream.id))
        self._send(TASK_STOP, stream)
        history.forget(self._redis, stream.id)

    def start_legacy(self, account_id: int, wanted: Filter) -> Stream:
        """Start the old client's one stream of an account, in place of what it was before."""
        with self._old:
            stream = self._store.streams.legacy_of(account_id)
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

    def stop_legacy(self, account_id: int) -> Stream | None:
        """Stop the old client's stream of an account, if there is one."""
        stream = self._store.streams.legacy_of(account_id)
        return self.stop(stream) if stream else None

    def follow_legacy(self, sid: str, stream: Stream) -> None:
        """Turn an anonymous socket to the old-style stream that was started last."""
        self._rooms.leave_legacy(sid)
        self._rooms.enter(sid, legacy_room(stream.id))

    def _anew(self, stream: Stream) -> Plan | None:
        """Return the plan of the next run of a replay, if the present one has ended."""
        replay = stream.plan.replay
        known = self._store.replays.get(stream.id) if replay else None
        if replay is None or known is None or not known.has_ended(replay):
            return None
        following = msgspec.structs.replace(replay, run=replay.run + 1)
        return msgspec.structs.replace(stream.plan, replay=following)

    def _send(self, task: str, stream: Stream) -> None:
        """Tell the workers; what a capture client runs is no concern of theirs."""
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
            raise ApiError(409, "archived", "this stream was deleted")
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
        self._changed()
        return written
