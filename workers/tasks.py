"""The tasks, each thin: parse, call, send."""

import sys
import time
from functools import cache

import redis
from celery import shared_task

from streams import names
from streams.batch import Batch
from streams.clock import clock, now_ms
from streams.live.clock import learn_from
from streams.live.lease import Lease
from streams.settings import settings
from workers import resources
from workers.app import app
from workers.collector.collector import Collector
from workers.collector.left_out import Counts
from workers.control.instance_check import check_instance
from workers.control.placement import place
from workers.control.reconcile import apply_wanted_state, is_due, start_missing_collectors
from workers.control.state_history import record_states
from workers.control.trial import run_trial
from workers.lifecycle import heartbeats
from workers.lifecycle.graceful_shutdown import stopping
from workers.lifecycle.memory import settle
from workers.sources.registry import open_source
from workers.tag_queue import TagQueue

MOST_WAITING = 200
"""Tasks that wait in a queue before those that are sent again anyway are not sent."""
SWITCH_SECONDS = 0.001
"""How long a thread may compute while others wait. With Python's 5 ms a collector that has much to
decode makes its intake wait that long after each answer of Redis, and falls behind."""


@shared_task(name=names.TASK_START)
def start_stream(stream_id: str) -> None:
    """Have a collector run a stream that is now wanted."""
    _place()
    apply_wanted_state(stream_id, resources.store(), resources.live(), _collect, now_ms())


@shared_task(name=names.TASK_STOP)
def stop_stream(stream_id: str) -> None:
    """Have its collector stop a stream, or take up an edit."""
    apply_wanted_state(stream_id, resources.store(), resources.live(), _collect, now_ms())


@shared_task(name=names.TASK_RECONCILE)
def reconcile() -> None:
    """Compare what is wanted with what runs; beat sends it every two seconds."""
    if not is_due(resources.live()):
        return
    _place()
    start_missing_collectors(resources.store(), resources.live(), _collect, now_ms())
    record_states(resources.store(), resources.live(), now_ms())
    for order_id in resources.store().exports.due(now_ms()):
        _send_while_short(names.TASK_EXPORT, order_id, names.QUEUE_JOBS)


@shared_task(name=names.TASK_TRY)
def try_filter(trial_id: str) -> None:
    """Find out what a filter would bring."""
    run_trial(trial_id, settings(), resources.store(), resources.live(), resources.model)


@shared_task(name=names.TASK_CHECK_INSTANCE)
def check_added_instance(instance_id: str) -> None:
    """Find out whether an instance that somebody added accepts its token."""
    check_instance(int(instance_id), settings(), resources.store(), now_ms())


@shared_task(name=names.TASK_COLLECT)
def collect(slot: str) -> None:
    """Own a slot until nothing is wanted of it; returns at once when another collector owns it."""
    client = resources.live()
    lease = Lease.acquire(client, slot, heartbeats.worker_name(), settings().lease_seconds)
    if lease is None:
        return
    learn_from(client, clock)
    source = open_source(slot)
    _prepare_process()
    collector = Collector(
        settings(),
        resources.store(),
        client,
        lease,
        source,
        resources.forgotten(),
        TagQueue(app, client).put,
        _relay,
        _count_left_out,
    )
    collector.run(stopping)


@cache
def _prepare_process() -> None:
    """Prepare a process for its first collector, once what that needs has been imported.

    From then on garbage is not looked for in what was imported: that would stop all threads for a
    tenth of a second.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    settle()


def _place() -> None:
    away_ms = round(settings().machine_away_seconds * 1000)
    place(resources.store(), resources.live(), away_ms, now_ms())


def _relay(batch: Batch) -> None:
    try:
        resources.frames().push(batch, int(time.time()))
    except redis.exceptions.RedisError as error:
        raise ConnectionError(str(error)) from error


def _count_left_out(slot: str, counts: Counts) -> None:
    resources.frames().count_left_out(slot, counts, int(time.time()))


def _collect(slot: str) -> None:
    _send_while_short(names.TASK_COLLECT, slot, names.collect_queue(slot))


def _send_while_short(name: str, subject: str, queue: str) -> None:
    """Send a task, which is sent again until it has an effect, unless many wait already.

    That bounds the queue of a machine that is away without comparing two machines' clocks.
    """
    if resources.live().llen(queue) < MOST_WAITING:
        app.send_task(name, [subject], queue=queue)
