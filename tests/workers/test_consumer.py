"""What takes tasks from Redis forgets the connections that it lost."""

import gc
from contextlib import closing
from types import SimpleNamespace

from celery import Celery
from kombu.asynchronous import Hub
from kombu.asynchronous.timer import Timer
from kombu.transport.redis import MultiChannelPoller

from tests.rig.valkey import Valkey
from workers.lifecycle.consumer import Consumer


def pollers() -> int:
    gc.collect()
    return sum(isinstance(each, MultiChannelPoller) for each in gc.get_objects())


def test_the_event_loop_holds_nothing_of_connections_that_were_lost(valkey: Valkey) -> None:
    app = Celery(broker=valkey.url, set_as_current=False)
    timer = Timer()  # type: ignore[no-untyped-call]
    with closing(Hub(timer)) as hub:  # type: ignore[no-untyped-call]
        hub.on_tick.add(print)
        worker = SimpleNamespace(use_eventloop=True)
        consumer = Consumer(
            lambda request: None, app=app, hub=hub, timer=timer, hostname="a@b", controller=worker
        )
        before = pollers()
        for _ in range(5):
            consumer.connection = consumer.connect()
            consumer.connection.default_channel.client.ping()
            consumer.connection.close()
            timer.clear()  # type: ignore[no-untyped-call]  # as Celery does then
        consumer.connection = None
        assert len(hub.on_tick) == 2
        assert print in hub.on_tick
        assert pollers() - before <= 1
    app.close()
