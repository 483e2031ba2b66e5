"""The tasks, each thin: parse, call, send."""

import logging
import time
from collections.abc import Callable

import kombu.exceptions
import msgspec
import redis
from celery import shared_task

from streams import topics
from streams.batch import Batch
from streams.live.lease import Lease
from streams.replay import REPLAY
from streams.settings import settings
from workers import control, resources, shutdown
from workers.app import app
from workers.collector import Collector
from workers.forgotten import Forgetful
from workers.placement import place
from workers.sources.replay import ReplaySource
from workers.sources.source import Source
from workers.sources.x import XSource
from workers.tagger import tag_posts
from workers.tether import Tethered
from workers.trial import run_trial

log = logging.getLogger(__name__)

ADAPTERS: dict[str, Callable[[], Source]] = {
    "x": lambda: XSource(settings()),
    REPLAY: lambda: ReplaySource(settings().data_dir, resources.store().replays),
}


@shared_task(name=topics.TASK_START)
def start_stream(stream_id: str) -> None:
    """Make a stream that is now wanted flow."""
    _place()
    control.wake(stream_id, resources.store(), resources.live(), _collect, _now())


@shared_task(name=topics.TASK_STOP)
def stop_stream(stream_id: str) -> None:
    """Make a stream that is no longer wanted, or was edited, known to its collector."""
    control.wake(stream_id, resources.store(), resources.live(), _collect, _now())


@shared_task(name=topics.TASK_RECONCILE)
def reconcile() -> None:
    """Compare what is wanted with what runs; beat sends it every two seconds."""
    _place()
    control.reconcile(resources.store(), resources.live(), _collect, _now())


@shared_task(name=topics.TASK_TRY)
def try_filter(trial_id: str) -> None:
    """Tell what a filter would bring."""
    run_trial(trial_id, settings(), resources.live(), resources.model)


@shared_task(name=topics.TASK_COLLECT)
def collect(slot: str) -> None:
    """Own a slot until nothing is wanted of it; returns at once when somebody owns it."""
    client = resources.live()
    lease = Lease.acquire(client, slot, shutdown.worker_name(), settings().lease_seconds)
    if lease is None:
        return
    patience = settings().machine_away_seconds / 2
    source: Source = Forgetful(ADAPTERS[topics.source_of(slot)](), resources.forgotten())
    source = Tethered(source, lease, patience)
    Collector(settings(), resources.store(), client, lease, source, _send, _relay).run(
        shutdown.stopping
    )


@shared_task(name=topics.TASK_TAG)
def tag(packed: str) -> None:
    """Label a batch and relay it, however long Redis hangs; again and again it is relayed once."""
    try:
        batch = Batch.unpack(packed)
    except msgspec.DecodeError as error:
        log.error("not a batch, dropped: %s", error)
        return
    tag_posts(batch.posts, resources.model)
    while True:
        try:
            resources.frames().push(batch, int(time.time()))
            return
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            log.warning("a batch waits for Redis: %s", error)
            time.sleep(1)


def _now() -> int:
    return int(time.time() * 1000)


def _place() -> None:
    away_ms = round(settings().machine_away_seconds * 1000)
    place(resources.store(), resources.live(), away_ms, _now())


def _relay(batch: Batch) -> None:
    try:
        resources.frames().push(batch, int(time.time()))
    except redis.exceptions.RedisError as error:
        raise ConnectionError(str(error)) from error


def _collect(slot: str) -> None:
    app.send_task(topics.TASK_COLLECT, [slot], queue=topics.collect_queue(slot), expires=30)


def _send(batch: Batch) -> None:
    try:
        app.send_task(topics.TASK_TAG, [batch.pack()], retry=False)
    except (kombu.exceptions.OperationalError, redis.exceptions.RedisError) as error:
        raise ConnectionError(str(error)) from error
