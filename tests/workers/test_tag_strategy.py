"""A tagger that labels by itself takes each batch, whichever way its task goes."""

import logging

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker

from tests.rig.waiting import wait_until

SHOWN, FAILS, AFTER = "x:1:1", "x:1:2", "x:1:3"


def test_each_batch_is_taken_also_after_one_whose_task_failed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Celery(broker="memory://", set_as_current=False)
    app.conf.update(
        broker_transport_options={"polling_interval": 0.01},
        task_acks_late=True,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
    )
    taken: list[str] = []

    @app.task(name="take", Strategy="workers.tag_strategy:straight")  # type: ignore[untyped-decorator]
    def take(batch_id: str) -> None:
        taken.append(batch_id)
        if batch_id == FAILS:
            raise RuntimeError("made to fail")

    with (
        caplog.at_level(logging.ERROR),
        start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=10),
    ):
        for batch_id in (SHOWN, FAILS, AFTER):
            app.send_task("take", [batch_id], task_id=batch_id)
        wait_until(lambda: len(taken) == 3, 10, "all batches to be taken")
    assert taken == [SHOWN, FAILS, AFTER]
    assert f"the task of batch {FAILS} failed" in caplog.text
